"""Who should have access: the promise of the product in the customer's words, without its statuses.

It knows what was paid, what the customer wants and when the first charge failed, and nothing else. The
product must say the same, both ways: nobody who paid is refused, nobody is let in for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.metering import month_of, period_of
from app.billing.periods import Period
from app.simulation.customers import Wish

DUNNING = timedelta(days=10)
TRIAL = timedelta(hours=7 * 24)


@dataclass(frozen=True, slots=True)
class PaidPeriod:
    """A stretch of time and when its money came."""

    period: Period
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """What is known about one subscription beside its status."""

    trial_started_at: datetime | None
    paid: Sequence[PaidPeriod]
    """In the order of time."""
    first_failed_at: datetime | None
    """When the unpaid invoice of the next period failed first."""


def should_have_access(promise: Promise, wish: Wish, now: datetime) -> bool:
    """Whether the subscription must open its connector now."""
    paid_at = max((each.paid_at for each in promise.paid), default=None)
    if wish.closed_since is not None and (paid_at is None or paid_at < wish.closed_since):
        return False
    started = promise.trial_started_at
    if not promise.paid:
        return started is not None and now < started + TRIAL
    if any(each.period.contains(now) for each in promise.paid):
        return True
    last = promise.paid[-1].period
    if now < last.start:
        return started is not None and now < started + TRIAL
    if wish.leaving_since is not None:
        return False
    return now < (promise.first_failed_at or last.end) + DUNNING


@dataclass(frozen=True, slots=True)
class UnpaidUsage:
    """A bill of used operations that was not paid at once."""

    first_failed_at: datetime
    paid_at: datetime | None

    def ended_access(self, now: datetime) -> bool:
        """Whether ten days went by without money."""
        return (self.paid_at or now) >= self.first_failed_at + DUNNING


def should_go_on(
    unpaid: Sequence[UnpaidUsage], wish: Wish, month_ends_at: datetime | None, now: datetime
) -> bool | None:
    """Whether pay-as-you-go must be open now; None where it may have been closed for good meanwhile.

    It is open from its start until its customer leaves, to the end of that month, or ten days after a
    bill failed first.
    """
    since = wish.metered_since
    if since is None or month_ends_at is None or now >= month_ends_at + DUNNING:
        return None
    if wish.closed_since is not None and wish.closed_since >= since:
        return False
    later = [each for each in unpaid if each.first_failed_at >= since]
    if any(each.paid_at is None and each.ended_access(now) for each in later):
        return False
    if any(each.ended_access(now) for each in later):
        return None
    if wish.leaving_since is None:
        return True
    return now < period_of(month_of(wish.leaving_since)).end
