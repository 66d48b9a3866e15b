"""The payment history of all customers in the back-office (H5)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import StringIO

import pytest

from app.billing.invoice import PaymentMethodKind
from app.billing.payment_history import HistoryStatus
from app.bootstrap import Container
from app.models import Payer
from app.services import payment_history as module
from app.views.payment_history import STATUSES
from tests.factories import FACTORY, buy, create_customer, create_payer, order
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import queries

Staff = Callable[[str], Employee]


@pytest.fixture
def finance(staff: Staff, shop: Shop, container: Container) -> Employee:
    """Two customers: invoice 1 is paid, invoice 2 is open and the other customer's."""
    other = create_customer(container, "bob@example.com")
    create_payer(container, other, name="=HYPERLINK(1)")
    order(container, other, "crm-connector")
    return staff("Finance")


def numbers(employee: Employee, query: str = "") -> list[int]:
    page = employee.get(f"/payment-history/{query}")
    assert page.status_code == 200
    return [int(number) for number in re.findall(r">СЧ-2026-(\d{6})</a>", page.text)]


def test_the_list_is_of_all_customers_and_leads_to_invoices(finance: Employee, shop: Shop) -> None:
    assert numbers(finance) == [2, 1]
    page = finance.get("/payment-history/").text.replace("\u00a0", " ")
    for told in (
        f"/admin/invoices/show/{shop.invoice_id}", "alice@example.com", "bob@example.com", "Visa •••• 4242",
        "Оплачен", "Ждёт оплаты", "178,52 ₽", "990,00 ₽", "Доступ к коннектору",
    ):  # fmt: skip
        assert told in page, told


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?status=paid", [1]),
        ("?status=waiting&least=990", [2]),
        ("?number=2", [2]),
        ("?first=03.03.2026", []),
        ("?last=2026-03-02&most=989,99", []),
        ("?older_than=2", [1]),
    ],
)
def test_the_address_narrows_the_list(finance: Employee, query: str, shown: list[int]) -> None:
    assert numbers(finance, query) == shown


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?first=x", "Введите дату"),
        ("?most=x", "Введите сумму"),
        ("?number=x", "Введите номер"),
        ("?status=x", "Выберите один"),
    ],
)
def test_what_can_not_be_is_told(finance: Employee, query: str, told: str) -> None:
    assert told in finance.get(f"/payment-history/{query}").text
    assert numbers(finance, query) == [2, 1]


def test_pages_keep_what_the_list_is_narrowed_by(finance: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_OF_A_PAGE", 1)
    page = finance.get("/payment-history/?last=2026-03-02").text
    older = re.search(r'rel="next" href="/admin/payment-history/(\?[^"]+)"', page)
    assert older is not None
    assert "last=2026-03-02" in older[1]
    assert numbers(finance, older[1].replace("&amp;", "&")) == [1]


def test_a_list_costs_the_same_however_long(finance: Employee, container: Container, shop: Shop) -> None:
    numbers(finance)
    with queries() as few:
        numbers(finance)
    for account in ("a", "b", "c"):
        buy(container, shop.customer_id, "crm-connector", make_account=account)
    with queries() as more:
        assert len(numbers(finance)) == 5
    assert len(more) == len(few)


def test_the_table_is_what_the_list_is_narrowed_to_and_stands_in_the_audit(
    finance: Employee, container: Container
) -> None:
    answer = finance.get("/payment-history/export?status=waiting")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    heading, *lines = csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";")
    assert heading[:4] == ["Номер", "Выставлен", "Клиент", "Плательщик"]
    (line,) = lines
    assert line[:5] == ["СЧ-2026-000002", "02.03.2026", "bob@example.com", "'=HYPERLINK(1)", "7736050003"]
    assert line[-4:] == ["178,52", "990,00", "0,00", "RUB"]
    assert deeds(container, "payment_history.export") == [("finance", None)]


def test_a_table_that_can_not_be_made_leads_back_with_the_reason(
    finance: Employee, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finance.get("/payment-history/export?most=x").status_code == 302
    monkeypatch.setattr(module, "MOST_EXPORTED", 1)
    page = finance.get("/payment-history/export", follow_redirects=True).text
    assert "слишком много для одного файла" in page
    assert deeds(container, "payment_history.export") == []


def test_what_customers_typed_is_only_text(finance: Employee, container: Container) -> None:
    with container.transactions.begin(FACTORY) as work:
        for payer in work.session.query(Payer):
            payer.name = "<script>alert(1)</script>"
    assert "<script>alert(1)" not in finance.get("/payment-history/?number=%3Cscript%3Ealert(1)").text


def test_support_and_the_auditor_read_only(staff: Staff, shop: Shop) -> None:
    for role in ("Support", "Auditor"):
        employee = staff(role)
        assert numbers(employee) == [1]
        assert "/payment-history/export" not in employee.get("/payment-history/").text
        assert employee.get("/payment-history/export").status_code in (302, 403)


def test_every_status_has_its_name() -> None:
    assert set(STATUSES) == set(HistoryStatus)


def test_what_is_to_be_paid_by_paypal_says_so(finance: Employee, container: Container) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.invoices.get(2).method = PaymentMethodKind.PAYPAL
    assert "PayPal" in finance.get("/payment-history/").text
    assert "PayPal" in finance.get("/invoices/show/2").text
    assert "PayPal" not in finance.get("/invoices/show/1").text
