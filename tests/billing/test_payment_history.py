"""The payment history: how a payment stands, what a list is narrowed by (H5)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.billing.invoice import InvoiceStatus, invoice_number
from app.billing.payment_history import HistoryFilter, HistoryStatus, InvoiceNumber, history_status

THEN = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "first_failed_at", "refunded", "stands"),
    [
        (InvoiceStatus.OPEN, None, 0, HistoryStatus.WAITING),
        (InvoiceStatus.OPEN, THEN, 0, HistoryStatus.OVERDUE),
        (InvoiceStatus.PAID, None, 0, HistoryStatus.PAID),
        (InvoiceStatus.PAID, THEN, 0, HistoryStatus.PAID),
        (InvoiceStatus.PAID, None, 1, HistoryStatus.REFUNDED),
        (InvoiceStatus.VOID, THEN, 1, HistoryStatus.VOID),
    ],
)
def test_how_a_payment_stands(
    status: InvoiceStatus, first_failed_at: datetime | None, refunded: int, stands: HistoryStatus
) -> None:
    assert history_status(status, first_failed_at, refunded) is stands


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("42", InvoiceNumber(42)),
        (" 000042 ", InvoiceNumber(42)),
        ("0", InvoiceNumber(0)),
        ("2026-42", InvoiceNumber(42, 2026)),
        ("СЧ-2026-000042", InvoiceNumber(42, 2026, "СЧ")),
        ("сч-2026-000042", InvoiceNumber(42, 2026, "СЧ")),
        ("2026", InvoiceNumber(2026)),
        ("999999999999", InvoiceNumber(999_999_999_999)),
    ],
)
def test_a_number_is_read_as_it_is_typed(typed: str, meant: InvoiceNumber) -> None:
    assert InvoiceNumber.read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "СЧ", "СЧ-42", "-42", "4 2", "СЧ-26-42", "42-", "1" * 13, "٤٢", "СЧ2-2026-42", "%", "'", "42\0"],
)
def test_anything_else_is_no_number(typed: str) -> None:
    with pytest.raises(InvalidInput) as error:
        InvoiceNumber.read(typed)
    assert error.value.code == "BAD_INVOICE_NUMBER"


@given(year=st.integers(1000, 9999), number=st.integers(1, 10**12 - 1))
def test_every_number_that_is_printed_is_read(year: int, number: int) -> None:
    assert InvoiceNumber.read(invoice_number("СЧ", year, number)) == InvoiceNumber(number, year, "СЧ")


def test_a_filter_is_true_when_it_narrows() -> None:
    assert not HistoryFilter()
    for narrowed in (
        HistoryFilter(first=date(2026, 1, 1)), HistoryFilter(last=date(2026, 1, 1)), HistoryFilter(least=0),
        HistoryFilter(most=0), HistoryFilter(status=HistoryStatus.PAID),
        HistoryFilter(number=InvoiceNumber(0)),
    ):  # fmt: skip
        assert narrowed
