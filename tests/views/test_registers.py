"""Registers, reports and closing of months in the back-office."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO

import pytest
from sqlalchemy import text

from app.bootstrap import Container
from app.models import AuditEntry, LongWork, MonthClosing
from app.services import registers_export
from app.services.issuing.run import issue_due_documents
from app.services.sweep import sweep
from app.views import registers
from tests.clock import ManualClock
from tests.factories import FACTORY, deliver_all, rows
from tests.ledger_rows import registered
from tests.views.conftest import Employee, Shop
from tests.views.test_books import report

Staff = Callable[[str], Employee]
SPRING = {"first": "2026-03-01", "last": "2026-04-30"}
PAGES = ("/registers/", "/vat/", "/documents-of-period/", "/revenue/", "/month-closings/list/")


@pytest.fixture
def sold(container: Container, clock: ManualClock, shop: Shop) -> Shop:
    """A purchase of 2 March with its documents, seen in May."""
    registered(container, shop.customer_id)
    clock.advance(days=31)
    sweep(container.billing_run())
    issue_due_documents(container.transactions, now=clock.now())
    deliver_all(container)
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("UPDATE document SET status = 'ready', rendered_at = now()"))
    return shop


@pytest.fixture
def finance(staff: Staff, sold: Shop) -> Employee:
    return staff("Finance")


def test_the_sales_book_stands_on_a_page_with_its_totals(finance: Employee) -> None:
    page = report(finance, "/registers/", **SPRING)
    for told in ("Книга продаж", "13б. Стоимость продаж с НДС", "11а. № и дата счёта-фактуры на аванс",
                 "А-2026-000001 от 02.03.2026", "ООО «Ромашка»", "7736050003/773601001"):  # fmt: skip
        assert told in page, told
    total = page.split("<td>Итого</td>")[1].split("</tr>")[0]
    assert "1 980,00" in total, "the advance and the service"
    assert "357,04" in total
    assert "811,48" in total, "an advance has no value without tax"


def test_every_register_is_there(finance: Employee) -> None:
    page = report(finance, "/registers/", register="purchases", **SPRING)
    assert "<td>22</td>" in page
    assert "178,52" in page
    for register in ("additional", "without_vat"):
        assert "Здесь пока ничего нет." in report(finance, "/registers/", register=register, **SPRING)


def test_without_a_period_it_is_the_quarter(finance: Employee) -> None:
    page = report(finance, "/registers/")
    assert 'value="2026-04-01"' in page
    assert 'value="2026-06-30"' in page


@pytest.mark.parametrize(
    "asked",
    [{"first": "2026-05-01", "last": "2026-04-01"}, {"register": "x"}, {"seller": "999"}, {"first": "x"}],
)
def test_a_register_that_can_not_be_is_told(finance: Employee, asked: dict[str, str]) -> None:
    assert 'class="error-summary"' in report(finance, "/registers/", **asked)
    answer = finance.get("/registers/export", query_string={**asked, "format": "csv"})
    assert answer.status_code == 302


def test_a_long_register_is_turned_over(finance: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "ROWS_OF_A_PAGE", 1)
    first = report(finance, "/registers/", **SPRING)
    assert "СФ-2026-000001" not in first
    assert "Следующие строки" in first
    assert "Предыдущие строки" not in first
    (address,) = re.findall(r'rel="next" href="[^"]*/registers/\?([^"]+)"', first)
    second = finance.get(f"/registers/?{address.replace('&amp;', '&')}").text
    assert "СФ-2026-000001" in second
    assert "Предыдущие строки" in second
    assert "Следующие строки" not in second
    assert "980,00" in second, "the totals are of all rows"


def test_a_register_is_taken_as_a_file_of_every_format(finance: Employee, container: Container) -> None:
    for suffix, begins in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("xml", b"<?xml")):
        answer = finance.get("/registers/export", query_string={**SPRING, "format": suffix})
        assert answer.status_code == 200
        assert answer.data.startswith(begins)
        assert answer.headers["Content-Disposition"].endswith(f"sales-2026-03-01-2026-04-30.{suffix}")
        assert answer.headers["Cache-Control"] == "no-store"
    exports = [each for each in rows(container, AuditEntry) if each.action == "register.export"]
    assert [each.object_id for each in exports] == ["sales"] * 3
    assert finance.get("/registers/export?format=exe").status_code == 404


def test_a_long_export_is_made_by_a_worker(
    finance: Employee, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(registers_export, "ROWS_OF_A_WORD", 1)
    answer = finance.get("/registers/export", query_string={**SPRING, "format": "xlsx"})
    assert answer.status_code == 302
    deliver_all(container)
    (work,) = rows(container, LongWork)
    assert answer.headers["Location"].endswith(f"/work/show/{work.id}")
    with finance.get(f"/work/file/{work.id}") as file:
        assert zipfile.ZipFile(BytesIO(file.data)).testzip() is None
    assert work.file_name == "sales-2026-03-01-2026-04-30.xlsx"
    assert "Регистр в XLSX" in finance.get(f"/work/show/{work.id}").text


def test_vat_ties_to_the_ledger_and_says_so(finance: Employee, container: Container) -> None:
    page = report(finance, "/vat/", **SPRING)
    assert "Регистры и учёт сходятся." in page
    assert "Начислен с авансов" in page
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text("UPDATE ledger_entry SET amount_minor = 17853 WHERE kind = 'service_vat'"))
    page = report(finance, "/vat/", **SPRING)
    assert "Регистры и учёт расходятся." in page
    assert "/admin/service-months/show/1" in page
    assert "178,53 ₽" in page


def test_missing_documents_are_named(finance: Employee, container: Container) -> None:
    page = report(finance, "/documents-of-period/", **SPRING)
    assert "Здесь пока ничего нет." in page.split("Выставленные документы")[0], "nothing is missing"
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("SET LOCAL session_replication_role = replica"))
        work.session.execute(text("DELETE FROM document_line WHERE kind = 'transfer'"))
        work.session.execute(text("DELETE FROM document WHERE kind = 'transfer'"))
    page = report(finance, "/documents-of-period/", **SPRING)
    assert "УПД со статусом 1" in page
    assert "/admin/service-months/show/1" in page


def test_revenue_and_balances(finance: Employee) -> None:
    page = report(finance, "/revenue/", **SPRING)
    assert "2026-04" in page
    assert "811,48" in page
    answer = finance.get(
        "/revenue/balances", query_string={"first": "2026-03-01", "last": "2026-03-31", "format": "csv"}
    )
    lines = list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[1] == ["alice@example.com", "0,00", "990,00", "0,00", "0,00"], "paid for April"


@pytest.mark.parametrize("path", ["/vat/export", "/documents-of-period/export", "/revenue/export"])
def test_reports_are_taken_as_files(finance: Employee, path: str) -> None:
    answer = finance.get(path, query_string={**SPRING, "format": "csv"})
    assert answer.status_code == 200
    assert len(answer.data.splitlines()) > 1
    assert finance.get(path, query_string={"first": "x", "format": "csv"}).status_code == 302
    assert 'class="error-summary"' in report(finance, path.removesuffix("export"), first="x")


def close(employee: Employee, month: str = "2026-03") -> str:
    answer = employee.post("/month-closings/add", {"seller": "1", "month": month})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("/admin")


def test_finance_closes_a_month_and_sees_how_far_it_is(finance: Employee, container: Container) -> None:
    assert 'value="2026-03"' in finance.get("/month-closings/add").text
    page = close(finance)
    shown = finance.get(page).text
    assert "Сделано проверок: 0 из 8." in shown
    assert "hx-get" in finance.get("/month-closings/progress/1").text
    deliver_all(container)
    assert finance.get("/month-closings/progress/1").headers["HX-Refresh"] == "true"
    shown = finance.get(page).text
    assert "март 2026" in shown
    assert shown.count("В порядке") == 8
    assert "Открыть месяц снова" not in shown, "that is the administrator's"
    assert finance.get("/month-closings/reopen/1").status_code == 403


def test_what_is_not_in_order_is_shown_and_tried_again(finance: Employee, container: Container) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(
            text("UPDATE document SET status = 'failed', rendered_at = NULL WHERE kind = 'invoice'")
        )
    page = close(finance)
    deliver_all(container)
    shown = finance.get(page).text
    assert "Найдено: 1" in shown
    assert "/admin/documents/show/1" in shown
    (address,) = re.findall(r'href="(?:/admin)?(/month-closings/add\?[^"]+)"', shown)
    again = finance.get(address.replace("&amp;", "&")).text
    assert 'value="2026-03"' in again


@pytest.mark.parametrize("month", ["2026-04", "2026-13", "март", ""])
def test_a_month_that_can_not_be_closed_is_refused(
    finance: Employee, container: Container, month: str
) -> None:
    answer = finance.post("/month-closings/add", {"seller": "1", "month": month})
    assert answer.status_code == 200
    assert rows(container, MonthClosing) == []


def test_an_administrator_reopens_with_a_reason(
    finance: Employee, staff: Staff, container: Container
) -> None:
    page = close(finance)
    deliver_all(container)
    admin = staff("Admin")
    assert "Открыть месяц снова" in admin.get(page).text
    assert admin.post("/month-closings/reopen/1", {"reason": "забыли акт"}).status_code == 302
    (row,) = rows(container, MonthClosing)
    assert (row.state, row.reopened_by, row.reopened_reason) == ("reopened", "staff:admin", "забыли акт")
    shown = admin.get(page).text
    assert "Месяц открыт снова" in shown
    assert "забыли акт" in shown


def test_who_may_see_and_take(sold: Shop, staff: Staff) -> None:
    support, auditor = staff("Support"), staff("Auditor")
    for path in PAGES:
        assert support.get(path).status_code == 403, path
        assert auditor.get(path).status_code == 200, path
    for path in ("/registers/export?format=csv", "/vat/export?format=csv", "/revenue/balances?format=csv",
                 "/month-closings/add", "/month-closings/reopen/1"):  # fmt: skip
        assert support.get(path).status_code == 403, path
        assert auditor.get(path).status_code == 403, path
    assert "Скачать" not in auditor.get("/registers/").text


def test_the_first_of_a_month_is_its_name(finance: Employee, container: Container) -> None:
    close(finance)
    (row,) = rows(container, MonthClosing)
    assert row.month == date(2026, 3, 1)
