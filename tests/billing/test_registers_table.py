"""Registers as tables: which figure stands in which column of the form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import Correction, DocumentReference
from app.billing.money import Money
from app.billing.registers import (
    TOTALLED,
    Buyer,
    OperationCode,
    PurchaseRow,
    RateAmount,
    Register,
    SalesRow,
    sales_row,
)
from app.billing.registers_table import (
    PURCHASE_COLUMNS,
    SALES_COLUMNS,
    TITLES,
    Cell,
    CellKind,
    Totals,
    correction,
    purchase_cells,
    reference,
    sales_cells,
)
from tests.billing.test_registers import KSF, ORDER, SF, document, line, rub, sold

SELLER = Buyer("ООО «БПМ Центр»", "7707083893", "770701001")


def by_number(row: SalesRow) -> dict[str, Cell]:
    """The filled cells by the number of the column in the form."""
    (cells,) = sales_cells([row])
    return {
        column.number: cell for column, cell in zip(SALES_COLUMNS, cells, strict=True) if cell is not None
    }


def test_the_columns_are_those_of_the_form() -> None:
    assert [column.number for column in SALES_COLUMNS] == [
        "1", "2", "3", "4", "5", "6", "7", "8", "11", "11а", "12", "13а", "13б", "14", "14а", "15", "15а",
        "15б", "16", "17", "17а", "18", "18а", "18б", "19",
    ]  # fmt: skip
    assert [column.number for column in PURCHASE_COLUMNS] == [
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "", "15", "16",
    ]  # fmt: skip
    for columns in (SALES_COLUMNS, PURCHASE_COLUMNS):
        assert len({column.name for column in columns}) == len(columns)
    assert set(TITLES) == set(Register)


@pytest.mark.parametrize(
    ("rate", "net", "vat"),
    [
        (2200, "14", "17"),
        (2000, "14а", "17а"),
        (1000, "15", "18"),
        (500, "15а", "18а"),
        (700, "15б", "18б"),
    ],
)
def test_every_rate_has_its_two_columns(rate: int, net: str, vat: str) -> None:
    amount = line(99_000, rate)
    cells = by_number(sold(document(DocumentKind.TRANSFER, amount)))
    assert cells["13б"] == Decimal("990.00")
    assert (cells[net], cells[vat]) == (amount.net.decimal, amount.vat.decimal)
    others = {number for pair in TOTALLED.values() for number in pair} - {net, vat}
    assert not others & set(cells)


def test_nought_per_cent_and_no_vat_have_a_value_and_no_tax() -> None:
    cells = by_number(sold(document(DocumentKind.TRANSFER, line(100, 0), line(300, None))))
    assert (cells["16"], cells["19"]) == (Decimal("1.00"), Decimal("3.00"))


def test_an_advance_has_its_tax_and_no_value_without_it() -> None:
    cells = by_number(sold(document(DocumentKind.ADVANCE_INVOICE)))
    assert cells == {
        "1": 1,
        "2": "02",
        "3": "СФ-2026-000001 от 31.03.2026",
        "7": "ООО «Ромашка»",
        "8": "7736050003/773601001",
        "11": "77 от 01.03.2026",
        "11а": "А-2026-000001 от 01.03.2026",
        "13б": Decimal("990.00"),
        "17": Decimal("178.52"),
    }


def test_a_year_that_changes_the_rate_stands_in_both_columns() -> None:
    december = sold(document(DocumentKind.TRANSFER, line(120_00, 2000), on=date(2025, 12, 31)))
    january = sold(document(DocumentKind.TRANSFER, line(122_00, 2200), on=date(2026, 1, 31)))
    totals = Totals(SALES_COLUMNS)
    assert len(list(totals.adding(sales_cells([december, january])))) == 2
    sums = dict(zip((column.number for column in SALES_COLUMNS), totals.cells("Всего"), strict=True))
    assert (sums["14а"], sums["17а"]) == (Decimal("100.00"), Decimal("20.00"))
    assert (sums["14"], sums["17"]) == (Decimal("100.00"), Decimal("22.00"))
    assert sums["13б"] == Decimal("242.00")
    assert (sums["1"], sums["2"], sums["13а"]) == (None, "Всего", None)


rates = st.sampled_from(list(TOTALLED))
amounts = st.builds(line, st.integers(1, 10**10), rates)
documents = st.lists(st.lists(amounts, min_size=1, max_size=4, unique_by=lambda each: each.rate), max_size=6)


@given(documents)
def test_values_and_taxes_of_all_rates_make_the_sum_whatever_is_sold(found: list[list[RateAmount]]) -> None:
    totals = Totals(SALES_COLUMNS)
    list(totals.adding(sales_cells(sold(document(DocumentKind.TRANSFER, *lines)) for lines in found)))
    sums = dict(zip((column.number for column in SALES_COLUMNS), totals.cells("Всего"), strict=True))
    parts = [sums[number] for pair in TOTALLED.values() for number in pair if number is not None]
    assert sum(part for part in parts if isinstance(part, Decimal)) == sums["13б"]
    gross = sum(each.gross.minor for lines in found for each in lines)
    assert sums["13б"] == Decimal(gross).scaleb(-2)


def test_an_adjustment_and_its_correction_have_columns_of_their_own() -> None:
    fixed = DocumentReference("", KSF.number, KSF.issued_on, Correction(1, date(2026, 4, 9)))
    row = sales_row(document(DocumentKind.VAT_ADJUSTMENT, line(100), reference=fixed, original=SF))
    assert row is not None
    cells = by_number(row)
    assert cells["3"] == "СФ-2026-000001 от 31.03.2026"
    assert "4" not in cells
    assert cells["5"] == "КСФ-2026-000001 от 05.04.2026"
    assert cells["6"] == "1 от 09.04.2026"


def test_another_currency_is_named_with_its_code() -> None:
    dollars = document(
        DocumentKind.ACT,
        line(10_000, None, "USD"),
        payments=(ORDER, ORDER),
        buyer=Buyer("Acme", None, None),
        advances=(),
        roubles=RateAmount(None, rub(812_345), rub(0)),
    )
    row = sales_row(dollars, Register.WITHOUT_VAT)
    assert row is not None
    cells = by_number(row)
    assert (cells["12"], cells["13а"], cells["13б"]) == ("USD, 840", Decimal("100.00"), Decimal("8123.45"))
    assert cells["11"] == "77 от 01.03.2026; 77 от 01.03.2026"
    assert not {"2", "8", "11а"} & set(cells)


def test_a_person_without_kpp_has_the_inn_alone() -> None:
    trader = document(DocumentKind.TRANSFER, buyer=Buyer("ИП Иванов", "500100732259", None))
    assert by_number(sold(trader))["8"] == "500100732259"


def test_individuals_have_no_name() -> None:
    row = SalesRow(OperationCode.CONSOLIDATED, SF.issued_on, SF, None, None, (), (), None, (line(100),))
    assert not {"7", "8"} & set(by_number(row))


def test_the_seller_of_a_deduction_are_we_ourselves() -> None:
    row = PurchaseRow(
        OperationCode.ADVANCE_DEDUCTED,
        date(2026, 4, 2),
        SF,
        None,
        ORDER,
        Buyer("Р", None, None),
        rub(100),
        rub(18),
    )
    (cells,) = purchase_cells([row], SELLER)
    told = {column.name: cell for column, cell in zip(PURCHASE_COLUMNS, cells, strict=True)}
    assert told == {
        "number": 1,
        "code": "22",
        "invoice": "СФ-2026-000001 от 31.03.2026",
        "correction": None,
        "adjustment": None,
        "adjustment_correction": None,
        "payment": "77 от 01.03.2026",
        "accepted_on": date(2026, 4, 2),
        "seller": "ООО «БПМ Центр»",
        "seller_inn_kpp": "7707083893/770701001",
        "buyer": "Р",
        "gross": Decimal("1.00"),
        "vat": Decimal("0.18"),
    }
    (cells,) = purchase_cells([PurchaseRow(row.code, row.on, SF, KSF, None, None, rub(1), rub(0))], SELLER)
    assert cells[PURCHASE_COLUMNS.index(next(c for c in PURCHASE_COLUMNS if c.name == "buyer"))] is None


def test_references_are_numbers_with_days() -> None:
    assert reference(None) is None
    assert correction(None) is None
    assert correction(SF) is None


def test_totals_are_of_columns_that_have_them() -> None:
    totals = Totals(PURCHASE_COLUMNS[:3])
    assert not totals.any
    assert list(totals.adding([(1, "22", "СФ")])) == [(1, "22", "СФ")]
    assert totals.cells("Всего") == (None, "Всего", None)
    assert {column.kind for column in SALES_COLUMNS if column.totalled} == {CellKind.SUM}
    assert Money(1, "RUB").decimal == Decimal("0.01")
