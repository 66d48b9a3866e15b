"""Documents that are complete but for their numbers and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.receipt import Receipt
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.documents.snapshot import kind_of
from app.billing.documents.tax_document import TaxDocument
from app.billing.money import Money
from app.models import Seller

Numbered: TypeAlias = TaxDocument | AdjustmentDocument | Receipt | ReconciliationAct

NO_NUMBER = ""
NO_DAY = date.min
"""What stands in a value until it has its number and date."""


@dataclass(frozen=True, slots=True)
class LineFigures:
    """A line as registers read it: what it is about, its rate in basis points, its sums with VAT."""

    gross: Money
    vat: Money
    vat_rate: int | None
    invoice_line_id: int | None = None
    service_month_id: int | None = None


@dataclass(frozen=True, slots=True)
class AdvanceUse:
    """The part of an advance's счёт-фактура that a document of service uses."""

    advance_id: int
    gross: Money
    vat: Money


@dataclass(slots=True, kw_only=True, eq=False)
class Draft:
    """What one document will be. `total` and `vat` go into the row: of an adjustment they are the change."""

    document: Numbered
    seller: Seller
    customer_id: int
    payer_id: int
    legal_day: date
    """The day that taxes are dated by; the document bears it unless a later one was numbered before."""
    total: Money
    vat: Money
    lines: tuple[LineFigures, ...] = ()
    advances: tuple[AdvanceUse, ...] = ()
    invoice_id: int | None = None
    payment_id: int | None = None
    refund_id: int | None = None
    adjusts_id: int | None = None
    shown_by: Draft | None = None
    """The акт that a счёт-фактура names in line 5а; it is in the same block."""
    concerns: tuple[str, int] | None = None
    """Kind and id of the row that staff are asked about when it can't be issued."""

    @property
    def kind(self) -> DocumentKind:
        """The kind of the document."""
        return kind_of(self.document)

    @property
    def status(self) -> Literal[1, 2] | None:
        """The status of a УПД or УКД."""
        return getattr(self.document, "status", None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands in its series, and the date that follows from it."""

    series: str
    year: int
    ordinal: int
    number: str
    issued_on: date
