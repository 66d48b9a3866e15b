"""The payment history (H5): how an invoice stands as people ask for it, and what a list is narrowed by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.billing.errors import InvalidInput
from app.billing.invoice import InvoiceStatus

NUMBER = re.compile(r"(?:(?:(?P<series>[^\W\d_]{1,16})-)?(?P<year>[0-9]{4})-)?0{0,12}(?P<number>[0-9]{1,12})")


class HistoryStatus(StrEnum):
    """How a payment stands."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    """Not paid when it was due: dunning runs (G4)."""
    PAID = "paid"
    REFUNDED = "refunded"
    """Paid, and at least a part is given back."""
    VOID = "void"


def history_status(
    status: InvoiceStatus, first_failed_at: datetime | None, refunded_minor: int
) -> HistoryStatus:
    """How a payment stands; the repository narrows by the same rule."""
    match status:
        case InvoiceStatus.VOID:
            return HistoryStatus.VOID
        case InvoiceStatus.PAID:
            return HistoryStatus.REFUNDED if refunded_minor else HistoryStatus.PAID
        case InvoiceStatus.OPEN:
            return HistoryStatus.OVERDUE if first_failed_at else HistoryStatus.WAITING


@dataclass(frozen=True, slots=True)
class InvoiceNumber:
    """What was typed of an invoice's number; what was left out may be anything."""

    number: int
    year: int | None = None
    series: str | None = None

    @classmethod
    def read(cls, text: str) -> InvoiceNumber:
        """«СЧ-2026-000042», «2026-000042», «42»: raises InvalidInput BAD_INVOICE_NUMBER for anything else."""
        found = NUMBER.fullmatch(text.strip().upper())
        if found is None:
            raise InvalidInput("no number of an invoice", code="BAD_INVOICE_NUMBER")
        year = int(found["year"]) if found["year"] else None
        return cls(int(found["number"]), year, found["series"])


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What a list is narrowed by; nothing set is everything. Days are the days of issue, both included,
    sums are minor units of whatever currency, both included."""

    first: date | None = None
    last: date | None = None
    status: HistoryStatus | None = None
    least: int | None = None
    most: int | None = None
    number: InvoiceNumber | None = None

    def __bool__(self) -> bool:
        """Whether anything is narrowed at all."""
        return self != HistoryFilter()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: below or above the row with this id. Nothing set is the newest page.

    A page is found by its neighbour's id and not by counting rows, so that a new row moves nothing.
    """

    older_than: int | None = None
    newer_than: int | None = None
