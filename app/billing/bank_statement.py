"""A bank statement in our words, whatever file it came in (H4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.billing.money import Money


class Direction(StrEnum):
    """Which way the money went, seen from our account."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line. `position` counts from 1 within the file; `reference` is the bank's number of the document.

    `fingerprint` names the line across files: the same line in an overlapping statement has the same one.
    """

    position: int
    fingerprint: str
    booked_on: date
    direction: Direction
    amount: Money
    reference: str
    purpose: str
    party_name: str
    party_inn: str | None
    party_account: str | None


@dataclass(frozen=True, slots=True)
class BankStatement:
    """A whole file of one account: its lines and the totals it states; None where it is silent."""

    account: str
    currency: str
    starts_on: date
    ends_on: date
    opening: Money | None
    closing: Money | None
    turnover_in: Money | None
    turnover_out: Money | None
    lines: tuple[StatementLine, ...] = field(default=())
