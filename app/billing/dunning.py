"""Dunning: what follows when a renewal could not be paid (G4, design §4). Facts in, a decision out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.subscription import SubscriptionStatus


@dataclass(frozen=True, slots=True)
class DunningPolicy:
    """When an unpaid renewal is tried again, counted from its first failure."""

    retries: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
    """Seed 004: after 1, 3 and 7 days; after the last one the subscription is suspended."""


DUNNING_POLICY = DunningPolicy()


@dataclass(frozen=True, slots=True)
class DunningDecision:
    """What an invoice and its subscriptions come to after a failure; instants UTC."""

    first_failed_at: datetime
    next_attempt_at: datetime | None
    """The next retry or reminder; None after the last one."""
    status: SubscriptionStatus
    """`payment_pending` while retries are left, then `suspended`."""


def is_due(first_failed_at: datetime | None, next_attempt_at: datetime | None, now: datetime) -> bool:
    """Whether a failure now counts: a renewal that is tried before its day (by a customer who was invoiced
    ahead) is not due, and nothing follows from it. Once it has failed every further failure counts.
    """
    return first_failed_at is not None or next_attempt_at is None or next_attempt_at <= now


def after_failure(
    first_failed_at: datetime | None, now: datetime, policy: DunningPolicy = DUNNING_POLICY
) -> DunningDecision:
    """What follows from a failure now. Without an earlier one this is the first and starts the dates.

    A retry that was due while nothing ran is not made up for: the dates run on (G6), so that being off
    for days leads to one charge and not to a burst of them.
    """
    first = first_failed_at or now
    later = [first + wait for wait in policy.retries if first + wait > now]
    return DunningDecision(
        first_failed_at=first,
        next_attempt_at=min(later, default=None),
        status=SubscriptionStatus.PAYMENT_PENDING if later else SubscriptionStatus.SUSPENDED,
    )


def method_to_charge(preferred: int | None, saved: Sequence[int], refused: Collection[int]) -> int | None:
    """The saved method that is charged: the subscription's own, else the newest of the customer's.

    `saved` are the ids of chargeable methods, newest first; `refused` those with a hard decline on this
    invoice: they are never sent the same charge again (G4). None: there is nothing to charge.
    """
    usable = [method for method in saved if method not in refused]
    return preferred if preferred in usable else next(iter(usable), None)
