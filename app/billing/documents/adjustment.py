"""Корректировочный счёт-фактура and УКД: the price of service given has changed (п. 3 ст. 168 НК)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.billing.documents.parties import Correction, DocumentReference, Signatory, TaxParty
from app.billing.documents.tax_document import refuse_unless
from app.billing.money import Money, total


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """One state of a line; `net` + `vat` = `gross`, the rate in basis points is the same before and after."""

    quantity: int
    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class AdjustedLine:
    """Rows А (`before`) and Б (`after`); rows В and Г, the increase or the decrease, follow from them."""

    place: int
    """The line's place in the document that is adjusted, from 1."""
    description: str
    unit: str
    unit_code: str
    vat_rate: int | None
    before: LineAmounts
    after: LineAmounts
    service_from: date | None = None
    service_to: date | None = None

    def __post_init__(self) -> None:
        """Refuse amounts that contradict each other."""
        for side in (self.before, self.after):
            refuse_unless(side.net + side.vat == side.gross, "net and VAT are not the sum")


@dataclass(frozen=True, slots=True)
class Difference:
    """Row В or Г, or its total: positive amounts, or zero."""

    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class AdjustmentDocument:
    """A КСФ (`vat_adjustment`) or a УКД (`transfer_adjustment`) as issued.

    Raises InvalidInput (DOCUMENT_INCONSISTENT) when it has no lines or amounts contradict each other.
    """

    form: Literal["vat_adjustment", "transfer_adjustment"]
    status: Literal[1, 2] | None
    """Of a УКД: 1 with КСФ, 2 without; None on a КСФ."""
    number: str
    issued_on: date
    correction: Correction | None
    originals: tuple[DocumentReference, ...]
    """Line 1б: the document whose price changes."""
    seller: TaxParty
    buyer: TaxParty
    basis: DocumentReference
    """The agreement, the notice or the request that the change rests on."""
    lines: tuple[AdjustedLine, ...]
    signatories: tuple[Signatory, ...]
    vat_exemption: str | None
    language: Literal["ru", "en"]
    exchange_uuid: str
    stamp: str | None = None

    def __post_init__(self) -> None:
        """Refuse a document that contradicts itself."""
        refuse_unless(bool(self.lines), "a document without lines")
        refuse_unless(
            (self.status is not None) == (self.form == "transfer_adjustment"), "only a УКД has a status"
        )

    @property
    def increase(self) -> Difference:
        """The sum of rows В; not netted against the decrease."""
        return self._sum([difference(line.before, line.after) for line in self.lines])

    @property
    def decrease(self) -> Difference:
        """The sum of rows Г."""
        return self._sum([difference(line.after, line.before) for line in self.lines])

    def _sum(self, rows: list[Difference]) -> Difference:
        currency = self.lines[0].before.gross.currency
        return Difference(
            total((row.net for row in rows), currency),
            total((row.vat for row in rows), currency),
            total((row.gross for row in rows), currency),
        )


def difference(lower: LineAmounts, higher: LineAmounts) -> Difference:
    """By how much `higher` is above `lower` in each column; what is not above is zero."""
    nothing = Money.zero(lower.gross.currency)
    return Difference(
        max(higher.net - lower.net, nothing),
        max(higher.vat - lower.vat, nothing),
        max(higher.gross - lower.gross, nothing),
    )
