"""Individuals taken together: one row a month, flow and rate."""

from __future__ import annotations

from datetime import date

from app.billing.ledger import (
    Account,
    EntryKind,
    advance_vat,
    prepayment_refund_decided,
    service_given,
    service_refund_decided,
)
from app.billing.money import Money
from app.billing.registers import OperationCode, RateAmount
from app.billing.registers_ledger import (
    GROSS_KINDS,
    OWED,
    VAT_KINDS,
    FlowTie,
    IndividualsFlow,
    VatFlow,
    consolidated_purchases,
    consolidated_sales,
)
from app.billing.tax import DatedTaxRegime, TaxRegime

GENERAL = [DatedTaxRegime(date(2019, 1, 1), TaxRegime.GENERAL)]
FREED = [DatedTaxRegime(date(2019, 1, 1), TaxRegime.SIMPLIFIED)]


def rub(kopecks: int) -> Money:
    return Money(kopecks, "RUB")


def flow(
    kind: VatFlow, on: date, gross: int, vat: int, *, paid_on: date | None = None, rate: int | None = None
) -> IndividualsFlow:
    return IndividualsFlow(kind, on, paid_on, rate, rub(gross), rub(vat))


def test_a_month_of_individuals_is_one_row_a_rate_with_the_code_26() -> None:
    rows = consolidated_sales(
        [
            flow(VatFlow.SERVICE, date(2026, 3, 2), 100_00, 18_03, rate=2200),
            flow(VatFlow.SERVICE, date(2026, 3, 30), 200_00, 36_07, rate=2200),
            flow(VatFlow.SERVICE, date(2026, 3, 30), 50_00, 8_33, rate=2000),
            flow(VatFlow.SERVICE, date(2026, 4, 1), 10_00, 1_80, rate=2200),
            flow(VatFlow.SERVICE, date(2026, 4, 1), 7_00, 0),
            flow(VatFlow.PRICE_LOWERED, date(2026, 4, 1), 5_00, 90, rate=2200),
        ],
        GENERAL,
        taxed=True,
    )
    assert [(row.on, row.invoice.number, row.code, row.amounts) for row in rows] == [
        (
            date(2026, 3, 31),
            "ФЛ-Р-2026-03",
            OperationCode.CONSOLIDATED,
            (RateAmount(2000, rub(5000), rub(833)),),
        ),
        (
            date(2026, 3, 31),
            "ФЛ-Р-2026-03",
            OperationCode.CONSOLIDATED,
            (RateAmount(2200, rub(30000), rub(5410)),),
        ),
        (
            date(2026, 4, 30),
            "ФЛ-Р-2026-04",
            OperationCode.CONSOLIDATED,
            (RateAmount(2200, rub(1000), rub(180)),),
        ),
    ]
    assert all(row.buyer is None and not row.is_advance for row in rows)


def test_advances_of_individuals_are_at_the_rate_of_the_day_of_the_money() -> None:
    rows = consolidated_sales(
        [
            flow(VatFlow.ADVANCE, date(2025, 12, 31), 120_00, 20_00, paid_on=date(2025, 12, 31)),
            flow(VatFlow.ADVANCE, date(2026, 1, 1), 122_00, 22_00, paid_on=None),
        ],
        GENERAL,
        taxed=True,
    )
    assert [(row.invoice.number, row.amounts[0].rate, row.is_advance) for row in rows] == [
        ("ФЛ-А-2025-12", 2000, True),
        ("ФЛ-А-2026-01", 2200, True),
    ]


def test_deductions_of_individuals_cite_the_month_of_the_money() -> None:
    december, january, march = date(2025, 12, 30), date(2026, 1, 30), date(2026, 3, 30)
    rows = consolidated_purchases(
        [
            flow(VatFlow.ADVANCE, december, 1, 1, paid_on=december),
            flow(VatFlow.ADVANCE_DEDUCTED, january, 60_00, 10_00, paid_on=december),
            flow(VatFlow.ADVANCE_DEDUCTED, january, 61_00, 11_00, paid_on=january),
            flow(VatFlow.ADVANCE_RETURNED, march, 60_00, 10_00, paid_on=december),
            flow(VatFlow.PRICE_LOWERED, march, 12_20, 2_20, rate=2200),
            flow(VatFlow.PRICE_LOWERED, march, 5_00, 0),
        ],
        GENERAL,
    )
    assert [(row.on, row.code.value, row.invoice.number, row.gross, row.vat) for row in rows] == [
        (date(2026, 1, 31), "22", "ФЛ-А-2025-12", rub(6000), rub(1000)),
        (date(2026, 1, 31), "22", "ФЛ-А-2026-01", rub(6100), rub(1100)),
        (date(2026, 3, 31), "22", "ФЛ-А-2025-12", rub(6000), rub(1000)),
        (date(2026, 3, 31), "18", "ФЛ-Р-2026-03", rub(1220), rub(220)),
    ]


def test_sales_without_vat_are_service_less_what_was_given_back() -> None:
    flows = [
        flow(VatFlow.SERVICE, date(2026, 3, 2), 100_00, 0),
        flow(VatFlow.PRICE_LOWERED, date(2026, 3, 5), 30_00, 0),
        flow(VatFlow.ADVANCE, date(2026, 3, 5), 500_00, 0, paid_on=date(2026, 3, 5)),
    ]
    service, lowered = consolidated_sales(flows, FREED, taxed=False)
    assert (service.code, service.gross) == (OperationCode.NONE, rub(10_000))
    assert lowered.gross == rub(-3_000)
    assert consolidated_sales(flows, FREED, taxed=True) == []
    assert consolidated_purchases(flows, FREED) == []


def test_every_entry_that_moves_vat_owed_has_its_flow() -> None:
    amounts = rub(12_200), rub(2_200)
    events = [
        *advance_vat(rub(2_200)),
        *service_given(*amounts, rub(2_200)),
        *prepayment_refund_decided(*amounts),
        *service_refund_decided(*amounts),
    ]
    moving = {entry.kind for entry in events if Account.VAT_PAYABLE in (entry.debit, entry.credit)}
    assert moving == set(VAT_KINDS)
    for entry in events:
        if entry.kind in VAT_KINDS:
            owed = VAT_KINDS[entry.kind] in OWED
            assert (entry.credit if owed else entry.debit) == Account.VAT_PAYABLE
    assert set(GROSS_KINDS.values()) == set(VatFlow)
    assert not set(GROSS_KINDS) & set(VAT_KINDS)
    assert EntryKind.MONEY_UNALLOCATED not in GROSS_KINDS, "money on the balance is no advance"


def test_a_tie_tells_its_difference() -> None:
    tie = FlowTie(VatFlow.SERVICE, documents=rub(100), individuals=rub(20), ledger=rub(150))
    assert (tie.registers, tie.difference) == (rub(120), rub(-30))
