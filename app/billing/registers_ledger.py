"""VAT in the ledger by what it came from, tied to the registers; individuals taken together (K1, J4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from app.billing.documents.parties import DocumentReference
from app.billing.ledger import EntryKind
from app.billing.money import Money
from app.billing.month_closing import last_day_of_month, month_of
from app.billing.registers import (
    ADVANCES_OF_INDIVIDUALS,
    ROUBLE,
    SALES_TO_INDIVIDUALS,
    OperationCode,
    PurchaseRow,
    RateAmount,
    SalesRow,
)
from app.billing.tax import DatedTaxRegime, tax_treatment


class VatFlow(StrEnum):
    """Why VAT is owed or deducted."""

    ADVANCE = "advance"
    """Owed on money for service to come."""
    SERVICE = "service"
    """Owed on service given."""
    ADVANCE_DEDUCTED = "advance_deducted"
    """The advance's is deducted, because its service was given."""
    ADVANCE_RETURNED = "advance_returned"
    """The advance's is deducted, because it goes back."""
    PRICE_LOWERED = "price_lowered"
    """The service's is deducted, because its price was lowered."""


Key = TypeVar("Key")

OWED = frozenset({VatFlow.ADVANCE, VatFlow.SERVICE})
"""Flows of the sales book; the others are deductions of the purchase book."""

VAT_KINDS: Mapping[EntryKind, VatFlow] = MappingProxyType(
    {
        EntryKind.ADVANCE_VAT: VatFlow.ADVANCE,
        EntryKind.SERVICE_VAT: VatFlow.SERVICE,
        EntryKind.ADVANCE_VAT_DEDUCTED: VatFlow.ADVANCE_DEDUCTED,
        EntryKind.ADVANCE_VAT_RETURNED: VatFlow.ADVANCE_RETURNED,
        EntryKind.SERVICE_VAT_REDUCED: VatFlow.PRICE_LOWERED,
    }
)
"""Entries of VAT, each with its flow: nothing else moves `vat_payable`."""

GROSS_KINDS: Mapping[EntryKind, VatFlow] = MappingProxyType(
    {
        EntryKind.MONEY_RECEIVED: VatFlow.ADVANCE,
        EntryKind.BALANCE_USED: VatFlow.ADVANCE,
        EntryKind.SERVICE_GIVEN: VatFlow.SERVICE,
        EntryKind.ADVANCE_OFFSET: VatFlow.ADVANCE_DEDUCTED,
        EntryKind.PREPAYMENT_REFUND: VatFlow.ADVANCE_RETURNED,
        EntryKind.ADVANCE_TO_BALANCE: VatFlow.ADVANCE_RETURNED,
        EntryKind.SERVICE_REFUND: VatFlow.PRICE_LOWERED,
    }
)
"""Entries of the sums that this VAT is contained in; money for service given already is no advance."""


@dataclass(frozen=True, slots=True)
class IndividualsFlow:
    """What one flow of all individuals came to on days of one kind: sums with VAT, and the VAT.

    `paid_on` is the day of the money of an advance; `rate` that of the service in basis points.
    """

    flow: VatFlow
    on: date
    paid_on: date | None
    rate: int | None
    gross: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class FlowTie:
    """VAT of one flow: of documents, of individuals taken together, and in the ledger."""

    flow: VatFlow
    documents: Money
    individuals: Money
    ledger: Money

    @property
    def registers(self) -> Money:
        """What the registers say."""
        return self.documents + self.individuals

    @property
    def difference(self) -> Money:
        """Registers less ledger; zero when they tie."""
        return self.registers - self.ledger


@dataclass(frozen=True, slots=True)
class VatDifference:
    """One thing of which documents and ledger tell different VAT in a period."""

    flow: VatFlow
    invoice_id: int | None
    service_month_id: int | None
    documents: Money
    ledger: Money


def consolidated_sales(
    flows: Iterable[IndividualsFlow], regimes: Sequence[DatedTaxRegime], *, taxed: bool
) -> list[SalesRow]:
    """Rows of individuals, one a month, flow and rate; `taxed` asks for the sales book, else what has no VAT.

    Summary data of a month may stand in the book where no счета-фактуры are issued (п. 3 ст. 169 НК, п. 1 of
    the rules of the book). An advance without VAT is in no register.
    """
    sums: dict[tuple[date, VatFlow, int | None], tuple[Money, Money]] = {}
    for flow in flows:
        rate = _rate(flow, regimes)
        wanted = flow.flow in OWED if taxed else flow.flow in {VatFlow.SERVICE, VatFlow.PRICE_LOWERED}
        if wanted and (rate is not None) == taxed:
            sign = 1 if flow.flow in OWED else -1
            _add(sums, (month_of(flow.on), flow.flow, rate), flow.gross * sign, flow.vat * sign)
    return [_sales_row(*key, *sums[key]) for key in sorted(sums, key=_order)]


def consolidated_purchases(
    flows: Iterable[IndividualsFlow], regimes: Sequence[DatedTaxRegime]
) -> list[PurchaseRow]:
    """Deductions of individuals, one row a month, flow and summary document that they refer to."""
    sums: dict[tuple[date, VatFlow, date], tuple[Money, Money]] = {}
    for flow in flows:
        if flow.flow in OWED or _rate(flow, regimes) is None:
            continue
        cited = month_of(flow.paid_on if flow.paid_on and flow.flow is not VatFlow.PRICE_LOWERED else flow.on)
        _add(sums, (month_of(flow.on), flow.flow, cited), flow.gross, flow.vat)
    return [_purchase_row(*key, *sums[key]) for key in sorted(sums)]


def summary_document(month: date, *, advances: bool) -> DocumentReference:
    """How the summary data of a month's individuals are called in the books."""
    title, letter = (ADVANCES_OF_INDIVIDUALS, "А") if advances else (SALES_TO_INDIVIDUALS, "Р")
    return DocumentReference(title, f"ФЛ-{letter}-{month:%Y-%m}", last_day_of_month(month))


def _rate(flow: IndividualsFlow, regimes: Sequence[DatedTaxRegime]) -> int | None:
    """The rate of the service, or the one that was in force on the day of an advance's money."""
    if flow.flow in {VatFlow.SERVICE, VatFlow.PRICE_LOWERED}:
        return flow.rate
    return tax_treatment(regimes, flow.paid_on or flow.on, "RU").rate


def _add(sums: dict[Key, tuple[Money, Money]], key: Key, gross: Money, vat: Money) -> None:
    nothing = Money.zero(ROUBLE)
    known_gross, known_vat = sums.get(key, (nothing, nothing))
    sums[key] = known_gross + gross, known_vat + vat


def _order(key: tuple[date, VatFlow, int | None]) -> tuple[date, int, int]:
    month, flow, rate = key
    return month, list(VatFlow).index(flow), -1 if rate is None else rate


def _sales_row(month: date, flow: VatFlow, rate: int | None, gross: Money, vat: Money) -> SalesRow:
    return SalesRow(
        code=OperationCode.NONE if rate is None else OperationCode.CONSOLIDATED,
        on=last_day_of_month(month),
        invoice=summary_document(month, advances=flow is VatFlow.ADVANCE),
        adjustment=None,
        buyer=None,
        payments=(),
        advances=(),
        foreign=None,
        amounts=(RateAmount(rate, gross, vat),),
    )


def _purchase_row(month: date, flow: VatFlow, cited: date, gross: Money, vat: Money) -> PurchaseRow:
    lowered = flow is VatFlow.PRICE_LOWERED
    return PurchaseRow(
        code=OperationCode.PRICE_LOWERED if lowered else OperationCode.ADVANCE_DEDUCTED,
        on=last_day_of_month(month),
        invoice=summary_document(cited, advances=not lowered),
        adjustment=None,
        payment=None,
        buyer=None,
        gross=gross,
        vat=vat,
    )
