"""The books in the back-office: entries, service months, reports that tie to them, a customer's statement."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.billing.actors import Actor
from app.bootstrap import Container
from app.models import LedgerEntry, ServiceMonth
from app.services.refunds import RefundRequest, approve_refund, mark_refund_sent, request_refund
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import rows
from tests.ledger_rows import sold
from tests.views.conftest import Employee, Shop
from tests.views.test_lists import found, queries

Staff = Callable[[str], Employee]
NEW_YEAR_TO_MAY = {"first": "2026-01-01", "last": "2026-05-31"}


@pytest.fixture
def finance(staff: Staff, shop: Shop) -> Employee:
    return staff("Finance")


def report(employee: Employee, path: str = "/ledger-reports/", **asked: str) -> str:
    answer = employee.get(path, query_string=asked)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text.replace("\u00a0", " "))


def test_entries_read_as_people_write(finance: Employee, container: Container, shop: Shop) -> None:
    page = finance.get("/ledger/list/").text
    for told in ("Получены деньги", "Деньги: Тестовый эквайер", "Авансы полученные", "НДС с авансов",
                 "990,00\u00a0₽", "02.03.2026", f"/admin/customers/show/{shop.customer_id}"):  # fmt: skip
        assert told in page, told
    assert "/admin/payments/show/1" in finance.get("/ledger/show/1").text
    assert found(finance, "ledger") == len(rows(container, LedgerEntry)) > 0
    assert found(finance, "ledger", _flt_0_customer_email="alice", _flt_2_debit="cash:test") == 1
    assert found(finance, "ledger", _flt_0_customer_email="bob") == 0
    assert found(finance, "ledger", _flt_0_booked_on="2026-03-03") == 0


def test_service_months_tell_what_is_still_owed(
    finance: Employee, container: Container, clock: ManualClock
) -> None:
    assert found(finance, "service-months", _flt_0_recognised_at="n") == 1
    clock.advance(days=31)
    sweep(container.billing_run())
    assert found(finance, "service-months", _flt_0_recognised_at="y") == 1
    page = finance.get("/service-months/show/1").text
    for told in ("02.04.2026", "990,00\u00a0₽", "22\u00a0%", "/admin/subscriptions/show/1"):
        assert told in page, told


def test_the_lists_of_the_books_cost_the_same_however_long(
    finance: Employee, container: Container, shop: Shop
) -> None:
    for name in ("ledger", "service-months"):
        finance.get(f"/{name}/list/")
        with queries() as few:
            finance.get(f"/{name}/list/")
        for _time in range(3):
            sold(container, shop.customer_id)
        with queries() as more:
            finance.get(f"/{name}/list/")
        assert len(more) == len(few), name


def test_the_trial_balance_balances(finance: Employee, container: Container) -> None:
    page = report(finance, **NEW_YEAR_TO_MAY)
    total = page.split("<td>Итого</td>")[1].split("</tr>")[0]
    sums = re.findall(r"[0-9 ]+,[0-9]{2} ₽", total)
    assert len(sums) == 2
    assert sums[0] == sums[1]
    assert "Деньги: Тестовый эквайер" in page
    assert "-990,00 ₽" in page, "advances stand in credit"


def test_revenue_stands_in_the_month_of_the_last_day_of_service(
    finance: Employee, container: Container, clock: ManualClock
) -> None:
    assert "апрель 2026" not in report(finance, **NEW_YEAR_TO_MAY)
    clock.advance(days=31)
    sweep(container.billing_run())
    page = report(finance, **NEW_YEAR_TO_MAY)
    row = page.split("апрель 2026")[1].split("</tr>")[0]
    for told in ("22 %", "811,48 ₽", "178,52 ₽", "990,00 ₽"):
        assert told in row, told


def test_without_a_period_it_is_this_month(finance: Employee) -> None:
    page = report(finance)
    assert 'value="2026-03-01"' in page
    assert 'value="2026-03-02"' in page
    assert "Оборотно-сальдовая ведомость" in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"first": "2026-05-01", "last": "2026-04-01"}, "Последний день раньше первого."),
        ({"first": "0001-01-01"}, "Такой даты быть не может."),
        ({"last": "31.12.2026"}, "По"),
        ({"seller": "999"}, "Продавец"),
        ({"seller": "x"}, "Продавец"),
        ({"currency": "XXX"}, "Валюта"),
    ],
)
def test_a_period_that_can_not_be_is_told(finance: Employee, asked: dict[str, str], told: str) -> None:
    page = report(finance, **asked)
    assert told in page
    assert 'class="error-summary"' in page
    assert "Оборотно-сальдовая ведомость" not in page


def test_another_currency_is_another_ledger(finance: Employee) -> None:
    assert "Деньги: Тестовый эквайер" not in report(finance, currency="USD")


def test_the_statement_of_account_goes_from_position_to_position(
    finance: Employee, container: Container, clock: ManualClock, shop: Shop
) -> None:
    path = f"/ledger-reports/statement/{shop.customer_id}"
    assert path in finance.get(f"/customers/show/{shop.customer_id}").text
    line = sold(container, shop.customer_id)
    request = RefundRequest(shop.customer_id, line.line_id, "не подошёл")
    refund_id = request_refund(
        container.transactions, actor=Actor.customer(shop.customer_id), request=request, now=clock.now()
    )
    approve_refund(
        container.transactions,
        actor=Actor.staff("anna"),
        refund_id=refund_id,
        reason="по правилам",
        now=clock.now(),
    )
    mark_refund_sent(
        container.transactions,
        actor=Actor.staff("anna"),
        refund_id=refund_id,
        reference="re_1",
        now=clock.now(),
    )
    page = report(finance, path, **NEW_YEAR_TO_MAY)
    for told in ("Акт сверки: alice@example.com", "До 01.01.2026", "После 31.05.2026", "Получены деньги",
                 "СЧ-2026-000001", "Оплачено за будущие", f"/admin/refunds/show/{refund_id}"):  # fmt: skip
        assert told in page, told
    before, after = page.split("До 01.01.2026")[1], page.split("После 31.05.2026")[1]
    assert "990,00 ₽" not in before.split("</table>")[0]
    assert after.split("</table>")[0].count("990,00 ₽") == 2, "the advance of what was kept, which we owe"


def test_a_statement_of_nobody_is_not_there(finance: Employee) -> None:
    for unknown in ("999", "0", "abc"):
        assert finance.get(f"/ledger-reports/statement/{unknown}").status_code == 404


def test_the_books_are_finances_and_the_auditors(staff: Staff, shop: Shop, container: Container) -> None:
    assert rows(container, ServiceMonth) != []
    support, auditor = staff("Support"), staff("Auditor")
    statement = f"/ledger-reports/statement/{shop.customer_id}"
    for path in ("/ledger/list/", "/ledger/show/1", "/service-months/list/", "/ledger-reports/", statement):
        assert support.get(path).status_code == 403, path
        assert auditor.get(path).status_code == 200, path
    assert "Акт сверки" not in support.get(f"/customers/show/{shop.customer_id}").text
