"""Everything that the billing engine keeps: every list and page opens, for every role, and costs the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.bootstrap import Container
from app.models import ApiKey, Customer, PaymentMethod
from app.services.time_travel import travel
from tests.factories import FACTORY, rows
from tests.ledger_rows import sold
from tests.views.conftest import Employee, Shop
from tests.views.test_lists import queries

Staff = Callable[[str], Employee]
RECORDS = (
    "refunds", "compensations", "promo-codes", "price-campaigns", "price-notices", "operation-prices",
    "ledger", "service-months", "tasks",
)  # fmt: skip
LISTS = (*RECORDS, "usage-months", "subscriptions", "invoices", "payments", "customers", "audit", "outbox")
OPEN_TO = {
    "Admin": set(LISTS),
    "Auditor": set(LISTS),
    "Finance": set(LISTS) - {"audit", "outbox"},
    "Support": set(LISTS) - {"audit", "ledger", "service-months", "promo-codes", "price-campaigns"},
}


@pytest.mark.parametrize("role", OPEN_TO)
def test_each_role_sees_its_own_work(staff: Staff, engine: Shop, role: str) -> None:
    employee = staff(role)
    for name in LISTS:
        expected = 200 if name in OPEN_TO[role] else 403
        assert employee.get(f"/{name}/list/").status_code == expected, name
    for name in RECORDS:
        expected = 200 if name in OPEN_TO[role] else 403
        assert employee.get(f"/{name}/show/1").status_code == expected, name


def test_a_page_of_nothing_is_not_there(admin: Employee, engine: Shop) -> None:
    for name in RECORDS:
        for unknown in ("999999", "0", "-1", "abc", "9" * 30, "1%27"):
            assert admin.get(f"/{name}/show/{unknown}").status_code == 404, (name, unknown)


def test_no_page_shows_a_secret(admin: Employee, engine: Shop, container: Container) -> None:
    key, customer = rows(container, ApiKey)[0], rows(container, Customer)[0]
    assert key.bcrypt_hash is not None
    secrets = [key.bcrypt_hash, customer.password_hash, engine.api_key]
    secrets += [card.token for card in rows(container, PaymentMethod)]
    for name in LISTS:
        text = admin.get(f"/{name}/list/").text
        text += admin.get(f"/{name}/show/1").text
        assert [secret for secret in secrets if secret in text] == [], name


def test_every_text_of_the_new_pages_is_russian(admin: Employee, engine: Shop) -> None:
    """Codes that nobody has named would stand there with an underscore."""
    for name in ("refunds", "compensations", "promo-codes", "price-campaigns", "ledger", "tasks"):
        page = admin.get(f"/{name}/list/").text
        table = page.split("<tbody")[1].split("</tbody>")[0]
        cells = " ".join(part.split("<")[0] for part in table.split(">"))
        assert "_" not in cells, name


def test_the_customers_page_costs_the_same_however_much_there_is(
    admin: Employee, engine: Shop, container: Container
) -> None:
    path = f"/customers/show/{engine.customer_id}"
    admin.get(path)
    with queries() as few:
        page = admin.get(path).text
    for told in ("В пользу клиента", "10,00\u00a0₽", "Возвраты", "Компенсации", "Акт сверки",
                 "расчёт не удался: CONFLICT", "Возобновить расчёты"):  # fmt: skip
        assert told in page, told
    assert "billing failed" not in page
    for _time in range(3):
        sold(container, engine.customer_id)
    with queries() as more:
        admin.get(path)
    assert len(more) == len(few) <= 28


def test_what_may_be_added_has_its_button(staff: Staff, engine: Shop) -> None:
    finance, auditor = staff("Finance"), staff("Auditor")
    for name in ("promo-codes", "price-campaigns", "operation-prices"):
        assert f"/admin/{name}/add" in finance.get(f"/{name}/list/").text, name
        assert f"/admin/{name}/add" not in auditor.get(f"/{name}/list/").text, name


def test_a_renewal_tells_which_days_it_pays(admin: Employee, shop: Shop, container: Container) -> None:
    now = container.clock.now()
    target = now + timedelta(days=32)
    travel(container.transactions, container.billing_run, actor=FACTORY, now=now, target=target)
    page = admin.get("/invoices/show/2").text
    assert "02.04.2026 – 02.05.2026" in page.replace("\u00a0", " ")
    assert "Продление" in page


def test_the_overview_counts_what_waits(admin: Employee, engine: Shop) -> None:
    page = admin.get("/").text
    for path in (
        "/admin/refunds/list/?_flt_0_status=requested",
        "/admin/compensations/list/?_flt_0_status=requested",
        "/admin/customers/list/?_flt_0_billing_parked_at=y",
    ):
        card = page.split(f'href="{path}"')[1].split("</a>")[0]
        assert '<span class="count-number">1</span>' in card, path
