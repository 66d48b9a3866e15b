"""Invoices: numbers as people read them, the last day to pay."""

from datetime import date, timedelta

from app.billing.invoice import DUNNED, INVOICE_SERIES, InvoicePurpose, due_date, invoice_number


def test_a_number_as_people_read_it() -> None:
    assert invoice_number(INVOICE_SERIES, 2026, 42) == "СЧ-2026-000042"
    assert invoice_number(INVOICE_SERIES, 2026, 1_234_567) == "СЧ-2026-1234567"


def test_an_order_can_be_paid_for_seven_days() -> None:
    assert due_date(date(2026, 2, 25)) == date(2026, 3, 4)
    assert due_date(date(2026, 2, 25), timedelta(days=14)) == date(2026, 3, 11)


def test_an_order_lapses_and_everything_else_is_dunned() -> None:
    assert set(InvoicePurpose) - DUNNED == {InvoicePurpose.ORDER}
