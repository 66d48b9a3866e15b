"""The payment history (H5): how an invoice stands as people ask for it, and what a list is narrowed by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.billing.errors import InvalidInput
from app.billing.invoice import InvoiceStatus

NUMBER = re.compile(r"(?:(?:(?P<series>[^\W\d_]{1,16})-)?(?P<year>[0-9]{4})-)?0{0,12}(?P<number>[0-9]{1,12})")
ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
RUSSIAN_DAY = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})", re.ASCII)
SUM = re.compile(r"(?P<whole>\d{1,13})(?:[.,](?P<part>\d{1,2}))?", re.ASCII)
ROW = re.compile(r"\d{1,18}", re.ASCII)
"""What fits the database's identifiers."""


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
    if status is InvoiceStatus.VOID:
        return HistoryStatus.VOID
    if status is InvoiceStatus.PAID:
        return HistoryStatus.REFUNDED if refunded_minor else HistoryStatus.PAID
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


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """A list as an address asks for it."""

    wanted: HistoryFilter
    place: Place
    typed: Mapping[str, Any]
    """What narrows the list, as it was typed: the same list has the same address."""
    refused: Mapping[str, str]
    """The code of the refusal by the name of the field; such a field narrows nothing."""

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> HistoryRequest:
        """Take the arguments of an address, whatever stands in them. A place that is none is the newest."""
        typed = {name: text for name in READERS if (text := arguments.get(name, "").strip())}
        values: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for name, text in typed.items():
            try:
                values[name] = READERS[name](text)
            except InvalidInput as error:
                refused[name] = error.code
        place = Place(_row(arguments.get("older_than", "")), _row(arguments.get("newer_than", "")))
        return cls(HistoryFilter(**values), place, typed, refused)


def _row(text: str) -> int | None:
    return int(text) if ROW.fullmatch(text) else None


def _day(text: str) -> date:
    """A day as browsers send it, 2026-03-02, or as people type it, 02.03.2026."""
    numbers = ISO_DAY.fullmatch(text) or RUSSIAN_DAY.fullmatch(text)
    if numbers is not None:
        with suppress(ValueError):
            return date(int(numbers["year"]), int(numbers["month"]), int(numbers["day"]))
    raise InvalidInput("no day", code="BAD_DAY")


def _sum(text: str) -> int:
    """Minor units of «990», «1 234,50», «1234.5»."""
    found = SUM.fullmatch("".join(text.split()))
    if found is None:
        raise InvalidInput("no sum", code="BAD_SUM")
    return int(found["whole"]) * 100 + int((found["part"] or "").ljust(2, "0"))


def _status(text: str) -> HistoryStatus:
    if text not in set(HistoryStatus):
        raise InvalidInput("no status", code="BAD_CHOICE")
    return HistoryStatus(text)


READERS: Mapping[str, Callable[[str], Any]] = {
    "first": _day,
    "last": _day,
    "status": _status,
    "least": _sum,
    "most": _sum,
    "number": InvoiceNumber.read,
}
"""What may narrow a list, by its name in the address."""
