"""Price changes in the back-office: drafted, looked at, launched as they were seen, told of, or given up."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.billing.price_campaign import CampaignStatus
from app.bootstrap import Container
from app.models import PriceCampaign, PriceNotice, PriceVersion
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import buy, rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]
DIGEST = re.compile(r'name="digest"[^>]*value="([0-9a-f]{64})"')
LOOK, LAUNCH, PAGE = "/price-campaigns/dry-run/1", "/price-campaigns/launch/1", "/price-campaigns/show/1"


@pytest.fixture
def form(shop: Shop) -> dict[str, str]:
    return {
        "name": "Весна",
        "connector": str(shop.connector_id),
        "interval": "month",
        "currency": "RUB",
        "price": "1200",
        "valid_from": "2026-03-03T00:00",
        "announcement_ru": "Дорожает электричество.",
        "announcement_en": "Electricity costs more.",
        "subscribed_before": "",
        "customers": "",
    }


@pytest.fixture
def finance(staff: Staff) -> Employee:
    return staff("Finance")


@pytest.fixture
def drafted(finance: Employee, form: dict[str, str]) -> Employee:
    """Finance, who has drafted a rise from 990 to 1200 roubles."""
    assert finance.post("/price-campaigns/add", form).location == "/admin/price-campaigns/show/1"
    return finance


def campaign(container: Container) -> PriceCampaign:
    (row,) = rows(container, PriceCampaign)
    return row


def seen_digest(employee: Employee) -> str:
    match = DIGEST.search(employee.get(LOOK).text)
    assert match is not None
    return match[1]


def test_a_draft_tells_nobody_and_its_page_says_what_it_is(drafted: Employee, container: Container) -> None:
    page = drafted.get(PAGE).text
    for told in ("«Весна»", "990,00\u00a0₽", "1\u00a0200,00\u00a0₽", "Черновик", "Все подписчики",
                 "Дорожает электричество.", "Посмотреть, что это даст", "Отказаться"):  # fmt: skip
        assert told in page, told
    assert deeds(container, "price_campaign.draft") == [("finance", None)]
    assert len(rows(container, PriceVersion)) == 2
    assert found(drafted, "price-campaigns", _flt_0_connector_slug="crm", _flt_0_status="draft") == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"valid_from": "2026-03-01T00:00"}, "Цена не может действовать задним числом"),
        ({"price": "0"}, "Новая цена периода"),
        ({"announcement_en": "  "}, "Причина по-английски"),
        ({"customers": "bob@example.com\nalice@example.com"}, "Нет клиента с таким адресом: bob@example.com"),
        ({"currency": "USD"}, "Коннектор так не продаётся: менять нечего."),
        ({"name": " "}, "Название"),
    ],
)
def test_a_plan_that_can_not_be_is_told(
    finance: Employee, form: dict[str, str], container: Container, fields: dict[str, str], told: str
) -> None:
    page = finance.post("/price-campaigns/add", form | fields).text
    assert told in page
    assert rows(container, PriceCampaign) == []


def test_an_audience_can_be_narrowed(
    finance: Employee, form: dict[str, str], container: Container, shop: Shop
) -> None:
    narrowed = {"customers": " Alice@example.com \n", "subscribed_before": "2026-03-03T00:00"}
    finance.post("/price-campaigns/add", form | narrowed)
    audience = campaign(container).meant()
    assert audience.customer_ids == (shop.customer_id,)
    assert audience.subscribed_before is not None
    page = finance.get(PAGE).text
    assert "Названо клиентов: 1" in page
    assert "Подписались до:" in page


def test_what_it_brings_is_shown_before_the_launch(drafted: Employee, container: Container) -> None:
    page = drafted.get(LOOK).text
    for told in ("Подписок затронуто", "210,00\u00a0₽", "/admin/subscriptions/show/1", "Запустить изменение"):
        assert told in page, told
    assert campaign(container).status is CampaignStatus.DRAFT


def test_the_launch_sells_at_the_new_price_and_tells_how_many_were_told(
    drafted: Employee, container: Container
) -> None:
    launched = drafted.post(LAUNCH, {"digest": seen_digest(drafted)}, follow_redirects=True).text
    assert "Изменение цены запущено" in launched
    assert "0 из 1" in launched
    assert LOOK not in launched
    assert deeds(container, "price_campaign.launch") == [("finance", None)]
    sweep(container.billing_run())
    assert len(rows(container, PriceNotice)) == 1
    assert "1 из 1" in drafted.get(PAGE).text
    notice = drafted.get("/price-notices/show/1").text
    for told in ("990,00\u00a0₽", "1\u00a0200,00\u00a0₽", "/admin/price-campaigns/show/1"):
        assert told in notice, told
    assert found(drafted, "price-notices", _flt_0_customer_email="alice") == 1


def test_an_audience_that_changed_since_the_look_is_shown_anew(
    drafted: Employee, container: Container, shop: Shop
) -> None:
    digest = seen_digest(drafted)
    buy(container, shop.customer_id, "crm-connector", make_account="888")
    answer = drafted.post(LAUNCH, {"digest": digest}, follow_redirects=True).text
    assert "С тех пор как вы смотрели, изменились подписчики или их цены." in answer
    assert campaign(container).status is CampaignStatus.DRAFT
    assert seen_digest(drafted) != digest
    assert drafted.post(LAUNCH, {}).location == f"/admin{LOOK}"


def test_a_draft_is_given_up(drafted: Employee, container: Container) -> None:
    assert "Ещё никого не уведомили" in drafted.get("/price-campaigns/cancel/1").text
    answer = drafted.post("/price-campaigns/cancel/1", follow_redirects=True).text
    assert "От изменения цены отказались." in answer
    assert campaign(container).status is CampaignStatus.CANCELED
    assert "Запустить изменение" not in drafted.get(LOOK).text
    late = drafted.post(LAUNCH, {"digest": "0" * 64}, follow_redirects=True).text
    assert "Этого уже не сделать" in late


def test_the_auditor_looks_and_launches_nothing(
    staff: Staff, drafted: Employee, container: Container, clock: ManualClock, form: dict[str, str]
) -> None:
    auditor = staff("Auditor")
    page = auditor.get(LOOK).text
    assert "Подписок затронуто" in page
    assert "Запустить изменение" not in page
    for path in (LAUNCH, "/price-campaigns/cancel/1", "/price-campaigns/add"):
        assert auditor.post(path, form | {"digest": "0" * 64}).status_code == 403, path
    assert campaign(container).status is CampaignStatus.DRAFT
