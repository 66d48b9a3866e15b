"""What the purpose of a transfer names (H4): numbers as people type them, and nothing that is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.bank_purpose import Mention, mentioned_invoices, mentioned_refunds, refund_purpose
from app.billing.invoice import invoice_number

FEBRUARY = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("purpose", "named"),
    [
        ("Оплата по счету СЧ-2026-000123 от 01.02.2026, НДС 22%", [Mention(123, 2026, FEBRUARY)]),
        ("сч - 2026 - 000123", [Mention(123, 2026)]),
        ("CЧ–2026–000123", [Mention(123, 2026)]),
        ("C4-2026-000123", [Mention(123, 2026)]),
        ("по счёту 2026-000123", [Mention(123, 2026)]),
        ("счет №123 от 01.02.2026", [Mention(123, 2026, FEBRUARY)]),
        ("Oплата пo cчeту N 123 oт 1.2.26г.", [Mention(123, 2026, FEBRUARY)]),
        ("СЧЁТ НА ОПЛАТУ № 123", [Mention(123)]),
        ("сч. 123", [Mention(123)]),
        ("Invoice No. 123", [Mention(123)]),
        ("INV #123", [Mention(123)]),
        ("Schet 123", [Mention(123)]),
        ("счёт 123 от 31.02.2026", [Mention(123)]),
        ("счёт-оферта № 123", []),
        ("счёт (оферта) № 123", [Mention(123)]),
        (
            "по счетам №№ 123, 124 и 125 от 01.02.2026",
            [Mention(123), Mention(124), Mention(125, 2026, FEBRUARY)],
        ),
        ("счета 5; 6", [Mention(5), Mention(6)]),
        ("счёт № 5, № 6", [Mention(5), Mention(6)]),
        ("счёт № 5, 2 шт.", [Mention(5)]),
        ("СЧ-2026-000007, СЧ-2026-000008, СЧ-2026-000007", [Mention(7, 2026), Mention(8, 2026)]),
        ("счёт № СЧ-2026-000007 и счёт 9", [Mention(7, 2026), Mention(9)]),
        ("счёт-фактура № 5", []),
        ("счет - фактура 5", []),
        ("р/счет 40702810138250123017", []),
        ("счётчик 5", []),
        ("за услуги 990-00, договор № 5", []),
        ("счёт 990.50", []),
        ("12026-000123", []),
        ("", []),
    ],
)
def test_invoices_are_named(purpose: str, named: list[Mention]) -> None:
    assert list(mentioned_invoices(purpose)) == named


@given(number=st.integers(1, 999_999_999), year=st.integers(2000, 2099), around=st.text(max_size=20))
def test_our_own_number_is_always_found(number: int, year: int, around: str) -> None:
    purpose = f"Оплата {invoice_number('СЧ', year, number)} / {around}"
    assert Mention(number, year) in [Mention(each.number, each.year) for each in mentioned_invoices(purpose)]


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(purpose: str) -> None:
    assert all(each.number >= 0 for each in mentioned_invoices(purpose))
    assert all(each >= 0 for each in mentioned_refunds(purpose))


@pytest.mark.parametrize(
    ("purpose", "named"),
    [
        ("Возврат № 45 по счёту СЧ-2026-000123", (45,)),
        ("BO3BPAT 45", ()),
        ("возврата №45, возврат № 46", (45, 46)),
        ("Refund No. 45", (45,)),
        ("возврат по счёту № 45", ()),
        ("возврат 45", ()),
    ],
)
def test_refunds_are_named(purpose: str, named: tuple[int, ...]) -> None:
    assert mentioned_refunds(purpose) == named


@given(st.integers(1, 999_999_999))
def test_the_purpose_of_our_order_names_its_refund(refund_id: int) -> None:
    assert mentioned_refunds(refund_purpose(refund_id, "СЧ-2026-000123", FEBRUARY)) == (refund_id,)
