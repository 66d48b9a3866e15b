"""What a list of documents is narrowed by, as its address says it (J5)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.billing.documents.kinds import DocumentKind
from app.billing.payment_history import Place

YEAR = re.compile(r"20\d\d", re.ASCII)
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
ROW = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Nothing set is everything. Days are those of the service, the money or else of issue, both included."""

    first: date | None = None
    last: date | None = None
    kind: DocumentKind | None = None


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """A list as an address asks for it; what can't be understood narrows nothing."""

    wanted: DocumentFilter
    place: Place
    period: str
    """«2026», «2026-03» or nothing."""

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> DocumentRequest:
        """Take the arguments of an address, whatever stands in them."""
        period = arguments.get("period", "").strip()
        days = days_of(period)
        kind = arguments.get("kind", "")
        first, last = days or (None, None)
        return cls(
            DocumentFilter(first, last, DocumentKind(kind) if kind in set(DocumentKind) else None),
            Place(_row(arguments.get("older_than", "")), _row(arguments.get("newer_than", ""))),
            period if days else "",
        )

    @property
    def narrowing(self) -> dict[str, Any]:
        """The arguments that narrow it: the same list has the same address."""
        kind = self.wanted.kind.value if self.wanted.kind else ""
        return {name: text for name, text in (("period", self.period), ("kind", kind)) if text}


def days_of(period: str) -> tuple[date, date] | None:
    """The first and the last day of «2026» or «2026-03»; None for anything else."""
    if YEAR.fullmatch(period):
        return date(int(period), 1, 1), date(int(period), 12, 31)
    found = MONTH.fullmatch(period)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _row(text: str) -> int | None:
    return int(text) if ROW.fullmatch(text) else None
