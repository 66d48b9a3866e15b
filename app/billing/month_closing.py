"""Closing a month: what has to be in order first, and where a closed month's late arrivals go (K1, J4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.billing.errors import BillingError
from app.billing.transitions import TransitionTable


class ClosingState(StrEnum):
    """How the closing of a month stands."""

    CHECKING = "checking"
    """The checklist is gone through."""
    REFUSED = "refused"
    """Something on the checklist is not in order; the month is open."""
    CLOSED = "closed"
    """Nothing is dated in the month any more."""
    REOPENED = "reopened"
    """It was closed and takes documents and entries again."""


CLOSING_TRANSITIONS: TransitionTable[ClosingState] = TransitionTable(
    "month_closing",
    {
        ClosingState.CHECKING: frozenset({ClosingState.REFUSED, ClosingState.CLOSED}),
        ClosingState.REFUSED: frozenset({ClosingState.CHECKING}),
        ClosingState.CLOSED: frozenset({ClosingState.REOPENED}),
        ClosingState.REOPENED: frozenset({ClosingState.CHECKING}),
    },
)


class ClosingCheck(StrEnum):
    """What has to be in order, in the order in which it is looked at."""

    REVENUE = "revenue"
    """Every service month that ended by the last day is booked."""
    MISSING_DOCUMENTS = "missing_documents"
    """Everything that asks for a document has it."""
    FAILED_DOCUMENTS = "failed_documents"
    """Every document of the month has its file."""
    BANK_LINES = "bank_lines"
    """Every line of a bank statement is decided about."""
    EXCHANGE_RATES = "exchange_rates"
    """Every day with foreign money has its rate of the Bank of Russia."""
    UNKNOWN_MONEY = "unknown_money"
    """The outcome of every payment and refund is known."""
    VAT = "vat"
    """The registers say the same VAT as the ledger."""
    INVARIANTS = "invariants"
    """The rules of the data hold."""


class MonthNotOver(BillingError):
    """The month still runs: it can't be closed."""

    code = "MONTH_NOT_OVER"


class MonthClosed(BillingError):
    """The month is closed."""

    code = "MONTH_CLOSED"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many things a check found out of order, with a few of them."""

    check: ClosingCheck
    count: int
    examples: tuple[str, ...] = ()


def is_ready(results: Sequence[CheckResult]) -> bool:
    """Whether every check was made and found nothing."""
    done = {result.check for result in results}
    return done == set(ClosingCheck) and not any(result.count for result in results)


def checks_to_do(results: Sequence[CheckResult]) -> list[ClosingCheck]:
    """What of the checklist was not looked at yet, in its order."""
    done = {result.check for result in results}
    return [check for check in ClosingCheck if check not in done]


def month_of(day: date) -> date:
    """The first day of the calendar month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month.replace(day=28) + timedelta(days=4))


def last_day_of_month(month: date) -> date:
    """The last day of the calendar month."""
    return next_month(month) - timedelta(days=1)


def require_over(month: date, today: date) -> None:
    """Raise MonthNotOver unless every day of the month has passed."""
    if today < next_month(month):
        raise MonthNotOver(f"{month} still runs on {today}")


def first_open_day(day: date, closed: Collection[date]) -> date:
    """The day itself, or the first day of the next month that is not closed; `closed` are first days."""
    while month_of(day) in closed:
        day = next_month(day)
    return day
