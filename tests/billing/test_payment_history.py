"""The payment history: how a payment stands, what a list is narrowed by (H5)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.billing.invoice import InvoiceStatus, invoice_number
from app.billing.payment_history import (
    READERS,
    HistoryFilter,
    HistoryRequest,
    HistoryStatus,
    InvoiceNumber,
    Place,
    history_status,
)

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


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, HistoryFilter()),
        ({"first": "", "number": "  "}, HistoryFilter()),
        ({"first": "2026-03-02", "last": "3.3.2026"}, HistoryFilter(date(2026, 3, 2), date(2026, 3, 3))),
        ({"last": "03.03.2026"}, HistoryFilter(last=date(2026, 3, 3))),
        ({"status": "paid"}, HistoryFilter(status=HistoryStatus.PAID)),
        ({"least": "990"}, HistoryFilter(least=99_000)),
        ({"least": "990,5", "most": "1 234.05"}, HistoryFilter(least=99_050, most=123_405)),
        ({"most": "1\u00a0000"}, HistoryFilter(most=100_000)),
        ({"number": " сч-2026-000042"}, HistoryFilter(number=InvoiceNumber(42, 2026, "СЧ"))),
        ({"page": "7", "customer_id": "1"}, HistoryFilter()),
    ],
)
def test_an_address_is_read(arguments: dict[str, str], wanted: HistoryFilter) -> None:
    asked = HistoryRequest.read(arguments)
    assert (asked.wanted, asked.place, asked.refused) == (wanted, Place(), {})


def test_what_was_typed_is_kept_for_the_next_address() -> None:
    asked = HistoryRequest.read({"first": " 02.03.2026 ", "most": "x", "status": "", "older_than": "7"})
    assert asked.typed == {"first": "02.03.2026", "most": "x"}
    assert (asked.place, asked.wanted) == (Place(older_than=7), HistoryFilter(first=date(2026, 3, 2)))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("first", "30.02.2026", "BAD_DAY"),
        ("first", "2026-13-01", "BAD_DAY"),
        ("last", "today", "BAD_DAY"),
        ("last", "0000-01-01", "BAD_DAY"),
        ("status", "open", "BAD_CHOICE"),
        ("least", "-1", "BAD_SUM"),
        ("least", "1e5", "BAD_SUM"),
        ("most", "1,234", "BAD_SUM"),
        ("most", "9" * 14, "BAD_SUM"),
        ("most", "٤٢", "BAD_SUM"),
        ("number", "СЧ", "BAD_INVOICE_NUMBER"),
    ],
)
def test_what_can_not_be_narrows_nothing_and_is_told(name: str, text: str, code: str) -> None:
    asked = HistoryRequest.read({name: text})
    assert (asked.wanted, asked.refused) == (HistoryFilter(), {name: code})


@pytest.mark.parametrize("text", ["", "x", "-1", "1" * 19, "٤", "1.0"])
def test_a_place_that_is_none_is_the_newest(text: str) -> None:
    assert HistoryRequest.read({"older_than": text, "newer_than": text}).place == Place()


@given(arguments=st.dictionaries(st.sampled_from([*READERS, "older_than"]), st.text(max_size=20)))
def test_any_address_is_read(arguments: dict[str, str]) -> None:
    asked = HistoryRequest.read(arguments)
    assert set(asked.refused) <= set(asked.typed) <= set(arguments)
    for name in set(asked.typed) - set(asked.refused):
        assert getattr(asked.wanted, name) is not None
