"""Promo codes in the back-office: made with a form, refused in words, shown with their uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.billing.periods import BillingInterval
from app.billing.promotions import PromoDuration
from app.bootstrap import Container
from app.models import PromoCode
from app.services.carts import add_to_cart
from app.services.promotions import apply_promo_code
from tests.factories import create_connector, order, rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]
FORM = {
    "code": " spring-20 ",
    "kind": "percent",
    "value": "12.5",
    "currency": "RUB",
    "duration": "every",
    "valid_from": "2026-03-01T00:00",
    "valid_until": "",
    "max_redemptions": "",
    "max_per_customer": "1",
    "customer": "",
}


def make(employee: Employee, **fields: str) -> str:
    return employee.post("/promo-codes/add", FORM | fields, follow_redirects=True).text


@pytest.fixture
def finance(staff: Staff, shop: Shop) -> Employee:
    return staff("Finance")


def test_finance_makes_a_code(finance: Employee, container: Container) -> None:
    page = make(finance)
    (code,) = rows(container, PromoCode)
    assert "Промокод создан." in page
    assert (code.code, code.percent, code.duration, code.max_per_customer, code.max_redemptions) == (
        "SPRING-20",
        1_250,
        PromoDuration.EVERY,
        1,
        None,
    )
    for told in ("SPRING-20", "12,5\u00a0%", "Каждый период", "01.03.2026, 00:00", "Промокод создан"):
        assert told in page, told
    assert deeds(container, "promo_code.create") == [("finance", None)]
    assert found(finance, "promo-codes", _flt_0_code="spring") == 1
    assert found(finance, "promo-codes", _flt_0_kind="amount") == 0


def test_a_code_of_a_sum_for_one_customer_and_one_connector(
    finance: Employee, container: Container, shop: Shop
) -> None:
    fields = {
        "kind": "amount",
        "value": "300",
        "valid_until": "2026-04-01T00:00",
        "max_redemptions": "5",
        "max_per_customer": "",
        "customer": "Alice@example.com",
        "first_order_only": "y",
        "connectors": str(shop.connector_id),
    }
    page = make(finance, **fields)
    (code,) = rows(container, PromoCode)
    assert (code.amount_minor, code.currency, code.customer_id, code.first_order_only) == (
        30_000,
        "RUB",
        shop.customer_id,
        True,
    )
    assert code.max_per_customer is None
    for told in ("300,00\u00a0₽", "Crm connector", f"/admin/customers/show/{shop.customer_id}"):
        assert told in page, told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"code": "ы"}, "В коде от 3 до 32 латинских букв, цифр и дефисов."),
        ({"value": "101"}, "Код даёт либо процент до 100, либо сумму."),
        ({"value": "-1"}, "Скидка"),
        ({"value": "0.001"}, "Не больше двух знаков после запятой."),
        ({"valid_until": "2026-02-01T00:00"}, "Код заканчивается позже, чем начинается."),
        ({"max_redemptions": "0"}, "Раз всего"),
        ({"customer": "nobody@example.com"}, "Нет клиента с таким адресом: nobody@example.com"),
        ({"connectors": "999"}, "Только на коннекторы"),
        ({"valid_from": ""}, "Действует с"),
    ],
)
def test_a_code_that_can_not_be_is_told_and_what_was_typed_is_kept(
    finance: Employee, container: Container, fields: dict[str, str], told: str
) -> None:
    page = make(finance, **fields)
    assert told in page
    assert "<form" in page
    assert rows(container, PromoCode) == []


def test_the_same_code_twice_is_refused(finance: Employee, container: Container) -> None:
    make(finance)
    assert "Такой код уже есть." in make(finance)
    assert len(rows(container, PromoCode)) == 1


def test_the_uses_of_a_code_stand_on_its_page(finance: Employee, container: Container, shop: Shop) -> None:
    make(finance)
    create_connector(container, "mail-connector")
    now = container.clock.now()
    add_to_cart(
        container.transactions,
        customer_id=shop.customer_id,
        slug="mail-connector",
        interval=BillingInterval.MONTH,
        make_account=None,
        now=now,
    )
    apply_promo_code(container.transactions, customer_id=shop.customer_id, code="SPRING-20", now=now)
    order(container, shop.customer_id, "mail-connector")
    page = finance.get("/promo-codes/show/1").text
    assert "СЧ-2026-000002" in page
    assert "alice@example.com" in page
    assert "/admin/promo-codes/show/1" in finance.get("/invoices/show/2").text


def test_only_finance_makes_codes(staff: Staff, shop: Shop, container: Container) -> None:
    for role, status in (("Support", 403), ("Auditor", 403)):
        assert staff(role).post("/promo-codes/add", FORM).status_code == status
    assert rows(container, PromoCode) == []
