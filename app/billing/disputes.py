"""Disputes: what follows when a bank takes a payment back (H2, H3), and the debt that this leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.billing.errors import Conflict
from app.billing.ledger import (
    Entry,
    debt_paid,
    debt_payment_returned,
    debt_written_off,
    dispute_lost,
    dispute_won_back,
    write_off_undone,
)
from app.billing.money import Money
from app.billing.provider import DisputeReport, DisputeState

TAKES_MONEY = frozenset({DisputeState.OPEN, DisputeState.LOST})
"""In these states the money goes back by the dispute, or may: no refund may go the same way."""


@dataclass(frozen=True, slots=True)
class DisputePolicy:
    """What a dispute does to access, as data."""

    access_ends: frozenset[DisputeState] = frozenset()
    """States in which the access that the payment bought ends at once. None of them: an open dispute may be
    won yet, and what follows a lost one a person decides."""
    write_off_ends_access: bool = True
    """Whether the access that the payment bought ends when its debt is written off: nobody pays for it."""


DISPUTE_POLICY = DisputePolicy()


@dataclass(frozen=True, slots=True)
class DisputeDecision:
    """What follows from how a dispute stands now."""

    lost: Money
    """What the dispute has taken from us in all; the books must say the same."""
    task: str | None
    """What staff are asked to look at."""
    ends_access: bool


def decide_dispute(
    before: DisputeState | None, report: DisputeReport, policy: DisputePolicy
) -> DisputeDecision:
    """What follows when a dispute that stood so `before` (None: nobody knew of it) stands as reported.

    The same report again asks nobody and ends nothing; what is lost depends on the report alone, so
    that reports in any order come to the same books.
    """
    changed = report.state is not before
    lost = report.amount if report.state is DisputeState.LOST else Money.zero(report.amount.currency)
    return DisputeDecision(
        lost=lost,
        task=f"dispute_{report.state}" if changed else None,
        ends_access=changed and report.state in policy.access_ends,
    )


class NoDebt(Conflict):
    """There is nothing to settle (NO_DEBT), or nothing on the balance to settle it with (BALANCE_EMPTY)."""

    code = "NO_DEBT"


@dataclass(frozen=True, slots=True)
class DisputeDebt:
    """What a dispute has taken from us, and how much of it the customer has paid or we gave up.

    Raises ValueError when more was settled than lost.
    """

    lost: Money
    paid: Money
    written_off: Money

    def __post_init__(self) -> None:
        """Refuse what no debt can be."""
        if self.left.minor < 0:
            raise ValueError("more was settled than lost")

    @property
    def left(self) -> Money:
        """What the customer owes now."""
        return self.lost - self.paid - self.written_off


@dataclass(frozen=True, slots=True)
class DebtChange:
    """A debt that became another one."""

    before: DisputeDebt
    debt: DisputeDebt

    @property
    def to_balance(self) -> Money:
        """What the customer's balance gains by it; below zero what it gives."""
        return self.before.paid - self.debt.paid

    def entries(self, provider: str) -> tuple[Entry, ...]:
        """The movements that make the books follow. Nothing changed, nothing moved."""
        return (
            *dispute_lost(provider, _rise(self.before.lost, self.debt.lost)),
            *dispute_won_back(provider, _rise(self.debt.lost, self.before.lost)),
            *debt_written_off(_rise(self.before.written_off, self.debt.written_off)),
            *write_off_undone(_rise(self.debt.written_off, self.before.written_off)),
            *debt_paid(_rise(self.before.paid, self.debt.paid)),
            *debt_payment_returned(_rise(self.debt.paid, self.before.paid)),
        )


def told_anew(debt: DisputeDebt, lost: Money) -> DebtChange:
    """The debt when its dispute has taken so much in all.

    What was won back and settled before undoes the write-off first, then the customer's payment: that is
    the customer's balance again.
    """
    written_off = min(debt.written_off, _rise(debt.paid, lost))
    paid = min(debt.paid, lost)
    return DebtChange(debt, DisputeDebt(lost, paid, written_off))


def write_off(debt: DisputeDebt) -> DebtChange:
    """Give up all that is left of a debt. Raises NoDebt."""
    left = _left(debt)
    return DebtChange(debt, replace(debt, written_off=debt.written_off + left))


def pay_debt(debt: DisputeDebt, balance: Money) -> DebtChange:
    """Have the customer's balance pay what it can of a debt. Raises NoDebt."""
    part = min(_left(debt), balance)
    if not part:
        raise NoDebt("nothing to pay it with", code="BALANCE_EMPTY")
    return DebtChange(debt, replace(debt, paid=debt.paid + part))


def _left(debt: DisputeDebt) -> Money:
    if not debt.left:
        raise NoDebt("nothing is owed")
    return debt.left


def _rise(before: Money, after: Money) -> Money:
    """By how much `after` is above `before`; nothing when it is not."""
    return after - min(before, after)
