"""Disputes: what follows when a bank takes a payment back, or threatens to (H2, H3)."""

from __future__ import annotations

from dataclasses import dataclass

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
