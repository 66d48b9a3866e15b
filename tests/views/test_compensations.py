"""Compensation in the back-office: asked for by support, given by finance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.billing.compensation import CompensationStatus
from app.bootstrap import Container
from app.models import Compensation, CustomerCredit, PromoCode
from tests.factories import rows
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]
PATH = "/subscriptions/request-compensation/1"


def ask(employee: Employee, kind: str, value: str, reason: str = "Сбой 1 марта") -> str:
    form = {"kind": kind, "value": value, "reason": reason}
    return employee.post(PATH, form, follow_redirects=True).text


def the_compensation(container: Container) -> Compensation:
    (row,) = rows(container, Compensation)
    return row


@pytest.mark.parametrize(
    ("kind", "value", "stored", "told"),
    [
        ("extra_days", "5", (5, None, None), "5"),
        ("balance", "500.50", (None, 50_050, None), "500,50\u00a0₽"),
        ("discount", "12.5", (None, None, 1_250), "12,5\u00a0%"),
    ],
)
def test_support_asks_and_finance_gives(
    staff: Staff,
    shop: Shop,
    container: Container,
    kind: str,
    value: str,
    stored: tuple[int | None, ...],
    told: str,
) -> None:
    support, finance = staff("Support"), staff("Finance")
    asked = ask(support, kind, value)
    row = the_compensation(container)
    assert "Компенсация ждёт решения." in asked
    assert told in asked
    assert "/admin/compensations/approve/1" not in asked, "support decides nothing"
    assert (row.days, row.amount_minor, row.percent) == stored
    given = finance.post("/compensations/approve/1", {"reason": "Виноваты мы"}, follow_redirects=True).text
    assert "Компенсация предоставлена." in given
    assert the_compensation(container).status is CompensationStatus.APPLIED
    assert deeds(container, "compensation.request") == [("support", "Сбой 1 марта")]
    assert deeds(container, "compensation.approve") == [("finance", "Виноваты мы")]
    assert "/admin/compensations/show/1" in support.get("/subscriptions/show/1").text
    assert len(rows(container, CustomerCredit)) == (kind == "balance")
    assert len(rows(container, PromoCode)) == (kind == "discount")


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("extra_days", "1.5", "Дней должно быть целое число."),
        ("extra_days", "91", "Не больше 90 дополнительных дней."),
        ("balance", "100000.01", "Сумма выше предела бонуса."),
        ("balance", "0.001", "Не больше двух знаков после запятой."),
        ("discount", "101", "Скидка не больше 100 %."),
        ("discount", "NaN", "Сколько"),
        ("nonsense", "1", "Сколько"),
    ],
)
def test_what_can_not_be_given_is_told_and_what_was_typed_is_kept(
    staff: Staff, shop: Shop, container: Container, kind: str, value: str, told: str
) -> None:
    page = ask(staff("Support"), kind, value)
    assert told in page
    assert "Сбой 1 марта" in page
    assert rows(container, Compensation) == []


def test_finance_rejects(staff: Staff, shop: Shop, container: Container) -> None:
    ask(staff("Support"), "extra_days", "5")
    finance = staff("Finance")
    answer = finance.post("/compensations/reject/1", {"reason": "Сбоя не было"}, follow_redirects=True)
    assert "Компенсация отклонена." in answer.text
    assert the_compensation(container).status is CompensationStatus.REJECTED
    assert found(finance, "compensations", _flt_0_status="rejected", _flt_0_kind="extra_days") == 1
    late = finance.post("/compensations/approve/1", {"reason": "x"}, follow_redirects=True)
    assert "Этого уже не сделать" in late.text


def test_above_the_limit_a_second_person_is_needed(staff: Staff, shop: Shop, container: Container) -> None:
    admin, finance = staff("Admin"), staff("Finance")
    ask(admin, "extra_days", "30")
    alone = admin.post("/compensations/approve/1", {"reason": "x"}, follow_redirects=True)
    assert "Выше предела решает не тот, кто просил" in alone.text
    assert the_compensation(container).status is CompensationStatus.REQUESTED
    finance.post("/compensations/approve/1", {"reason": "x"})
    assert the_compensation(container).status is CompensationStatus.APPLIED
