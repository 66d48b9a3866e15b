"""Exchange rates in the back-office: the list marks what is missing, finance uploads files (J4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest

from app.bootstrap import Container
from app.models import ExchangeRateRow, StaffTask
from tests.factories import rows
from tests.rates.samples import daily, history
from tests.views.conftest import Employee
from tests.views.test_lists import queries

Staff = Callable[[str], Employee]
SATURDAY = date(2026, 2, 28)


@pytest.fixture
def finance(staff: Staff) -> Employee:
    return staff("Finance")


def upload(employee: Employee, content: bytes, asked_for: str = "") -> str:
    data = {"file": (BytesIO(content), "XML_daily.xml"), "asked_for": asked_for}
    answer = employee.post(
        "/exchange-rates/upload", data, content_type="multipart/form-data", follow_redirects=True
    )
    assert answer.status_code == 200
    return answer.text


def days(employee: Employee, **asked: str) -> dict[str, str]:
    """The rows of the list: the day, and what stands beside it."""
    page = employee.get("/exchange-rates/", query_string=asked)
    assert page.status_code == 200
    found = re.findall(r"<tr>(<td>.*?)</tr>", page.text, re.DOTALL)
    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in found]
    return {each[0]: " ".join(each[1:]) for each in cells}


def test_a_file_is_uploaded_and_its_rates_listed(finance: Employee, container: Container) -> None:
    assert "Курсы сохранены." in upload(finance, daily(SATURDAY), "2026-03-01")
    listed = days(finance, first="2026-02-27", last="2026-03-02")
    assert listed == {
        "02.03.2026": "Нет курса Нет курса —",
        "01.03.2026": "90,1028 76,4513 28.02.2026",
        "28.02.2026": "90,1028 76,4513 28.02.2026",
        "27.02.2026": "Нет курса Нет курса —",
    }
    assert {row.imported_by for row in rows(container, ExchangeRateRow)} == {"staff:finance"}


def test_a_day_with_one_currency_only_is_marked(finance: Employee) -> None:
    upload(finance, history("USD", {SATURDAY: "7645,13"}).replace(b"<Nominal>1<", b"<Nominal>100<"))
    listed = days(finance, first="2026-02-28", last="2026-02-28")
    assert listed["28.02.2026"].startswith("Нет курса")
    assert "за 100" in listed["28.02.2026"]


def test_at_first_it_is_the_last_month(finance: Employee) -> None:
    listed = list(days(finance))
    assert (listed[0], listed[-1], len(listed)) == ("02.03.2026", "31.01.2026", 31)


def test_a_list_costs_the_same_however_long(finance: Employee) -> None:
    upload(finance, daily(SATURDAY), "2026-03-01")
    days(finance)
    with queries() as few:
        days(finance, first="2026-03-01", last="2026-03-02")
    with queries() as more:
        days(finance, first="2025-04-01", last="2026-03-02")
    assert len(more) == len(few)


@pytest.mark.parametrize(
    ("content", "asked_for", "told"),
    [
        (b"<html>", "", "Это не файл курсов валют Банка России."),
        (b"", "", "Это не файл курсов валют Банка России."),
        (daily(SATURDAY, USD=""), "", "В файле нет валюты"),
        (daily(SATURDAY), "2026-02-27", "не может быть ответом Банка"),
        (daily(SATURDAY), "2026-03-03", "ещё никому не могут быть известны"),
        (daily(SATURDAY), "31.02.2026", "error-summary"),
    ],
)
def test_a_file_that_can_not_be_is_refused_in_words(
    finance: Employee, container: Container, content: bytes, asked_for: str, told: str
) -> None:
    assert told in upload(finance, content, asked_for)
    assert rows(container, ExchangeRateRow) == []


def test_another_rate_for_a_known_day_is_refused_with_a_task(finance: Employee, container: Container) -> None:
    upload(finance, daily(SATURDAY))
    assert "Ничего не сохранено" in upload(finance, daily(SATURDAY, EUR="90,1029"))
    assert [task.object_id for task in rows(container, StaffTask)] == ["EUR 2026-02-28"]
    assert "другой курс на уже известный день" in finance.get("/tasks/list/").text


def test_without_a_file_nothing_happens(finance: Employee) -> None:
    page = finance.post("/exchange-rates/upload", {"asked_for": ""}).text
    assert 'class="error-summary"' in page
    assert 'enctype="multipart/form-data"' in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "не может быть курсов"),
        ({"first": "1992-06-30", "last": "1992-07-02"}, "не может быть курсов"),
        ({"last": "2026-03-04"}, "не может быть курсов"),
        ({"first": "2024-01-01"}, "Не больше года"),
        ({"first": "x"}, "error-summary"),
        ({"last": "9999-12-31"}, "не может быть курсов"),
    ],
)
def test_a_stretch_that_can_not_be_is_told(finance: Employee, asked: dict[str, str], told: str) -> None:
    answer = finance.get("/exchange-rates/", query_string=asked)
    assert answer.status_code == 200
    assert told in answer.text


def test_finance_uploads_the_auditor_reads_support_does_neither(staff: Staff) -> None:
    auditor, support = staff("Auditor"), staff("Support")
    assert auditor.get("/exchange-rates/").status_code == 200
    assert "/exchange-rates/upload" not in auditor.get("/exchange-rates/").text
    assert auditor.get("/exchange-rates/upload").status_code in (302, 403)
    assert support.get("/exchange-rates/").status_code in (302, 403)
