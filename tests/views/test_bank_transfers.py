"""A bank transfer entered by finance on an invoice's page (H4), and what the page tells of an invoice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.bootstrap import Container
from app.models import CustomerCredit, Invoice, Payment
from app.services.subscriptions import Asked, cancel_subscription
from tests.factories import FACTORY, order, rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]
PATH = "/invoices/bank-transfer/2"


@pytest.fixture
def finance(staff: Staff, shop: Shop, container: Container) -> Employee:
    """Finance, while an invoice over 990 roubles is open."""
    assert order(container, shop.customer_id, "crm-connector", make_account="888") == 2
    return staff("Finance")


def enter(employee: Employee, amount: str, reference: str = "пп 17", path: str = PATH) -> str:
    form = {"amount": amount, "reference": reference}
    return employee.post(path, form, follow_redirects=True).text


def invoice(container: Container) -> Invoice:
    return rows(container, Invoice, id=2)[0]


def test_a_transfer_pays_the_invoice(finance: Employee, container: Container) -> None:
    question = finance.get(PATH).text
    assert 'value="990.00"' in question
    assert "ООО «Ромашка»" in question
    page = enter(finance, "990.00")
    assert "Перевод внесён." in page
    assert "оплачен: Банк" in page
    assert invoice(container).status is InvoiceStatus.PAID
    (_card, transfer) = rows(container, Payment)
    assert (transfer.provider_reference, transfer.amount) == ("пп 17", Money(99_000, "RUB"))
    assert deeds(container, "payment.transfer") == [("finance", None)]
    assert "Банк" in finance.get(f"/payments/show/{transfer.id}").text


def test_what_is_over_is_the_customers_and_shown_there(
    finance: Employee, container: Container, shop: Shop
) -> None:
    enter(finance, "1000")
    assert rows(container, CustomerCredit)[0].amount_minor == 1_000
    page = finance.get(f"/customers/show/{shop.customer_id}").text
    assert "Баланс (деньги клиента)" in page
    assert "10,00\u00a0₽" in page


@pytest.mark.parametrize(
    ("amount", "reference", "told"),
    [
        ("989.99", "пп 17", "Сумма меньше, чем в счёте."),
        ("990.001", "пп 17", "Не больше двух знаков после запятой."),
        ("0", "пп 17", "Сумма перевода"),
        ("abc", "пп 17", "Сумма перевода"),
        ("990", " ", "Номер в банке"),
    ],
)
def test_what_can_not_be_booked_is_told_and_nothing_changes(
    finance: Employee, container: Container, amount: str, reference: str, told: str
) -> None:
    assert told in enter(finance, amount, reference)
    assert invoice(container).status is InvoiceStatus.OPEN
    assert len(rows(container, Payment)) == 1


def test_the_same_line_of_the_statement_is_booked_once(finance: Employee, container: Container) -> None:
    enter(finance, "990")
    again = enter(finance, "990")
    assert "Перевод с этим номером уже внесён" in again
    assert "Перевод внесён." not in again
    assert len(rows(container, Payment)) == 2


def test_money_for_a_paid_invoice_goes_to_the_balance(finance: Employee, container: Container) -> None:
    assert 'value="990' not in finance.get("/invoices/bank-transfer/1").text
    enter(finance, "5", path="/invoices/bank-transfer/1")
    assert rows(container, CustomerCredit)[0].amount_minor == 500


def test_an_invoice_tells_what_for_and_what_it_replaces(
    finance: Employee, container: Container, shop: Shop
) -> None:
    with container.transactions.begin(FACTORY) as work:
        old = work.invoices.get(2)
        columns = {name: getattr(old, name) for name in Invoice.__table__.columns.keys()}  # noqa: SIM118
        columns |= {"id": None, "cart_id": None, "number": 3, "replaces_id": old.id}
        work.invoices.add(Invoice(**columns))
    page = finance.get("/invoices/show/3").text
    for told in ("За что", "Заказ", "С баланса", "Осталось оплатить", "Бонус в составе скидок", "Взамен",
                 "/admin/invoices/show/2"):  # fmt: skip
        assert told in page, told
    assert "Скидка" in finance.get("/invoices/show/2").text
    assert found(finance, "invoices", _flt_0_purpose="order") == 3
    assert found(finance, "invoices", _flt_0_purpose="usage") == 0


def test_a_canceled_subscription_says_why_in_words(
    finance: Employee, container: Container, shop: Shop
) -> None:
    asked = Asked.by_customer(shop.customer_id, 1, container.clock.now())
    cancel_subscription(container.transactions, asked)
    assert "отменена клиентом" in finance.get("/subscriptions/show/1").text
