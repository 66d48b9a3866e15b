"""Fiscal receipts in the back-office: a list, what stands on them, and having the register told again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.billing.fiscal import FiscalReceiptRefused
from app.bootstrap import Container
from app.models import FiscalReceiptState, OutboxMessage
from app.services.fiscal.promising import promise_receipts
from app.services.fiscal.registering import register_receipt
from tests.factories import rows
from tests.ledger_rows import sold
from tests.services.fiscal.persons import Register, fiscal_of, person, receipts
from tests.views.conftest import Employee, Shop, deeds
from tests.views.test_lists import found

Staff = Callable[[str], Employee]


@pytest.fixture
def refused(container: Container, shop: Shop) -> Shop:
    """A receipt that the register would not take."""
    sold(container, person(container))
    fiscal = fiscal_of(container, Register(trouble=FiscalReceiptRefused(code="FISCAL_EMAIL_TOO_LONG")))
    promise_receipts(fiscal, now=container.clock.now())
    register_receipt(fiscal, receipt_id=1, now=container.clock.now())
    return shop


@pytest.mark.parametrize("role", ["Admin", "Finance", "Auditor"])
def test_a_receipt_is_read(refused: Shop, staff: Staff, role: str) -> None:
    employee = staff(role)
    page = employee.get("/fiscal-receipts/show/1").text
    for told in ("990,00\u00a0₽", "FISCAL_EMAIL_TOO_LONG", "full_prepayment", "vat122", "178,52\u00a0₽"):
        assert told in page, told
    assert found(employee, "fiscal-receipts", _flt_0_state="failed") == 1
    assert found(employee, "fiscal-receipts", _flt_0_state="registered") == 0
    assert found(employee, "fiscal-receipts", _flt_0_customer_email="ivan") == 1
    assert ("/admin/fiscal-receipts/register-again/1" in page) is (role != "Auditor")


def test_support_reads_none(refused: Shop, staff: Staff) -> None:
    assert staff("Support").get("/fiscal-receipts/list/").status_code == 403


def test_it_is_a_task(refused: Shop, staff: Staff) -> None:
    tasks = staff("Finance").get("/tasks/list/").text
    assert "Касса не приняла чек" in tasks
    assert "/admin/fiscal-receipts/show/1" in tasks


def test_finance_has_the_register_told_again(refused: Shop, staff: Staff, container: Container) -> None:
    finance = staff("Finance")
    assert "под тем же ключом" in finance.get("/fiscal-receipts/register-again/1").text
    page = finance.post(
        "/fiscal-receipts/register-again/1", {"reason": "Адрес исправлен"}, follow_redirects=True
    ).text
    assert "Касса получит чек через мгновение." in page
    assert "Адрес исправлен" in page
    assert receipts(container)[0].state is FiscalReceiptState.PROMISED
    assert len(rows(container, OutboxMessage, name="fiscal.register")) == 2
    assert deeds(container, "fiscal_receipt.register_again") == [("finance", "Адрес исправлен")]


def test_an_auditor_only_reads(refused: Shop, staff: Staff, container: Container) -> None:
    staff("Auditor").post("/fiscal-receipts/register-again/1", {"reason": "моё"})
    assert deeds(container, "fiscal_receipt.register_again") == []


def test_a_registered_one_is_left_alone(refused: Shop, staff: Staff, container: Container) -> None:
    finance = staff("Finance")
    finance.post("/fiscal-receipts/register-again/1", {"reason": "раз"})
    register_receipt(fiscal_of(container), receipt_id=1, now=container.clock.now())
    assert "/register-again/1" not in finance.get("/fiscal-receipts/show/1").text
    refusal = finance.post("/fiscal-receipts/register-again/1", {"reason": "два"}, follow_redirects=True)
    assert "Чек уже зарегистрирован." in refusal.text
