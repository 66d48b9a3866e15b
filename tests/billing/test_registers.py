"""Rows of the sales and purchase books, code by code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import Correction, DocumentReference
from app.billing.money import Money, total
from app.billing.registers import (
    Buyer,
    OperationCode,
    RateAmount,
    RateUnknown,
    Register,
    RegisteredDocument,
    RoubleValueMissing,
    SalesRow,
    corrected,
    price_lowered_row,
    quarter_of,
    sales_row,
)
from app.billing.tax import included_vat

DAY = date(2026, 3, 31)
ROMASHKA = Buyer("ООО «Ромашка»", "7736050003", "773601001")
SF = DocumentReference("", "СФ-2026-000001", DAY)
KSF = DocumentReference("", "КСФ-2026-000001", date(2026, 4, 5))
ADVANCE = DocumentReference("", "А-2026-000001", date(2026, 3, 1))
ORDER = DocumentReference("Платёжное поручение", "77", date(2026, 3, 1))


def rub(kopecks: int) -> Money:
    return Money(kopecks, "RUB")


def line(gross: int, rate: int | None = 2200, currency: str = "RUB") -> RateAmount:
    amount = Money(gross, currency)
    return RateAmount(rate, amount, included_vat(amount, rate))


def document(kind: DocumentKind, *lines: RateAmount, **changes: object) -> RegisteredDocument:
    values: dict[str, object] = {
        "kind": kind,
        "on": DAY,
        "sign": 1,
        "reference": SF,
        "original": None,
        "buyer": ROMASHKA,
        "payments": (ORDER,),
        "advances": (ADVANCE,),
        "lines": lines or (line(99_000),),
    }
    return RegisteredDocument(**(values | changes))  # type: ignore[arg-type]


def sold(made: RegisteredDocument, register: Register = Register.SALES) -> SalesRow:
    row = sales_row(made, register)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (DocumentKind.ADVANCE_INVOICE, OperationCode.ADVANCE),
        (DocumentKind.VAT_INVOICE, OperationCode.SALE),
        (DocumentKind.TRANSFER, OperationCode.SALE),
    ],
)
def test_service_is_01_and_money_before_it_02(kind: DocumentKind, code: OperationCode) -> None:
    row = sold(document(kind))
    assert row == SalesRow(
        code=code,
        on=DAY,
        invoice=SF,
        adjustment=None,
        buyer=ROMASHKA,
        payments=(ORDER,),
        advances=(ADVANCE,),
        foreign=None,
        amounts=(RateAmount(2200, rub(99_000), rub(17_852)),),
    )
    assert row.gross == rub(99_000)
    assert row.is_advance == (kind is DocumentKind.ADVANCE_INVOICE)
    assert price_lowered_row(document(kind)) is None


@pytest.mark.parametrize("kind", [DocumentKind.VAT_ADJUSTMENT, DocumentKind.TRANSFER_ADJUSTMENT])
def test_a_price_that_was_raised_is_01_and_cites_both_documents(kind: DocumentKind) -> None:
    raised = document(kind, line(10_000), reference=KSF, original=SF)
    row = sold(raised)
    assert (row.code, row.invoice, row.adjustment) == (OperationCode.SALE, SF, KSF)
    assert row.gross == rub(10_000)
    assert price_lowered_row(raised) is None


@pytest.mark.parametrize("kind", [DocumentKind.VAT_ADJUSTMENT, DocumentKind.TRANSFER_ADJUSTMENT])
def test_a_price_that_was_lowered_is_18_of_the_purchase_book(kind: DocumentKind) -> None:
    lowered = document(kind, line(-10_000), reference=KSF, original=SF)
    assert sales_row(lowered) is None
    row = price_lowered_row(lowered)
    assert row is not None
    assert (row.code, row.invoice, row.adjustment) == (OperationCode.PRICE_LOWERED, SF, KSF)
    assert (row.gross, row.vat) == (rub(10_000), rub(1_803))


def test_one_adjustment_may_raise_and_lower_and_is_not_netted() -> None:
    both = document(DocumentKind.VAT_ADJUSTMENT, line(5_000), line(-8_000), reference=KSF, original=SF)
    assert sold(both).gross == rub(5_000)
    row = price_lowered_row(both)
    assert row is not None
    assert row.gross == rub(8_000)


def test_an_adjustment_of_vat_alone_counts_by_its_vat() -> None:
    amount = RateAmount(2200, rub(0), rub(-1))
    only_vat = document(DocumentKind.VAT_ADJUSTMENT, amount, reference=KSF, original=SF)
    assert sales_row(only_vat) is None
    row = price_lowered_row(only_vat)
    assert row is not None
    assert (row.gross, row.vat) == (rub(0), rub(1))


def test_an_adjustment_whose_original_is_not_known_cites_itself() -> None:
    lone = document(DocumentKind.VAT_ADJUSTMENT, line(-100), reference=KSF)
    row = price_lowered_row(lone)
    assert row is not None
    assert row.invoice == KSF


def test_a_document_that_was_corrected_is_taken_back_with_opposite_sums() -> None:
    wrong, right = sold(document(DocumentKind.TRANSFER, sign=-1)), sold(document(DocumentKind.TRANSFER))
    assert wrong.gross == -right.gross
    assert wrong.amounts[0].vat == -right.amounts[0].vat
    taken_back = price_lowered_row(document(DocumentKind.VAT_ADJUSTMENT, line(-100), sign=-1))
    assert taken_back is not None
    assert taken_back.gross == rub(-100)


def test_sales_without_vat_are_of_no_book() -> None:
    row = sold(document(DocumentKind.ACT, line(99_000, None)), Register.WITHOUT_VAT)
    assert row.code is OperationCode.NONE
    assert row.amounts == (RateAmount(None, rub(99_000), rub(0)),)
    assert sales_row(document(DocumentKind.ACT), Register.WITHOUT_VAT) is None
    lowered = document(DocumentKind.TRANSFER_ADJUSTMENT, line(-500, None), original=SF)
    assert sold(lowered, Register.WITHOUT_VAT).gross == rub(-500)


def test_another_currency_carries_its_rouble_value() -> None:
    dollars = document(
        DocumentKind.ACT,
        line(10_000, None, "USD"),
        roubles=RateAmount(None, rub(812_345), rub(0)),
    )
    row = sold(dollars, Register.WITHOUT_VAT)
    assert row.foreign == Money(10_000, "USD")
    assert row.gross == rub(812_345)
    with pytest.raises(RoubleValueMissing):
        sales_row(replace(dollars, roubles=None), Register.WITHOUT_VAT)


def test_a_rouble_value_is_split_over_the_lines_without_loss() -> None:
    lines = (line(300, 2200, "USD"), line(100, 2000, "USD"))
    row = sold(document(DocumentKind.TRANSFER, *lines, roubles=RateAmount(None, rub(40_001), rub(7_001))))
    assert [each.gross for each in row.amounts] == [rub(30_001), rub(10_000)]
    assert total((each.vat for each in row.amounts), "RUB") == rub(7_001)
    assert row.foreign == Money(400, "USD")


def test_a_rate_without_a_column_is_not_hidden() -> None:
    with pytest.raises(RateUnknown):
        sales_row(document(DocumentKind.TRANSFER, line(100, 1800)))


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 5, 9), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 9, 30), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2025, 12, 31), date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_the_tax_period_is_the_quarter(day: date, first: date, last: date) -> None:
    assert quarter_of(day) == (first, last)


def test_a_reference_knows_its_correction() -> None:
    assert corrected(SF, 0, None) == SF
    assert corrected(SF, 2, DAY).correction == Correction(2, DAY)
