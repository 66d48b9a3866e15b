"""Access: a pure function of a subscription and the time (D6, design §4). It never waits for a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.subscription import PAID, RENEWING, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The lengths that decide about access."""

    trial: timedelta = timedelta(hours=7 * 24)
    dunning: timedelta = timedelta(days=10)
    """Retries on days 1, 3, 7 and a grace of 3 days after suspension."""


ACCESS_POLICY = AccessPolicy()


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """A subscription as stored; all instants UTC. `period_end` is the end of the paid time."""

    subscription_id: int
    connector: str
    status: SubscriptionStatus
    make_account: str | None
    previous_make_account: str | None
    auto_renew: bool
    trial_ends_at: datetime | None
    first_paid_at: datetime | None
    period_end: datetime | None
    first_failed_at: datetime | None
    canceled_at: datetime | None
    billing_parked: bool = False
    """Billing of the customer stands still for a reason of ours: what renews does not end meanwhile."""
    metered: bool = False
    """Priced per operation: what is allowed is written down first, and paid after its month (I1)."""


def access_until(facts: SubscriptionFacts, policy: AccessPolicy = ACCESS_POLICY) -> datetime | None:
    """The instant at which access ends (exclusive); None when the subscription gives none.

    | status | access until |
    | pending, expired | never |
    | trial | its end |
    | active with auto-renewal off; canceled | end of the paid period |
    | active with auto-renewal on; payment_pending; suspended | (first failure, or period end) + 10 days |
    """
    match facts.status:
        case SubscriptionStatus.PENDING | SubscriptionStatus.EXPIRED:
            return None
        case SubscriptionStatus.TRIAL:
            return facts.trial_ends_at
        case SubscriptionStatus.CANCELED:
            return facts.period_end
        case SubscriptionStatus.ACTIVE if not facts.auto_renew:
            return facts.period_end
        case _:
            counted_from = facts.first_failed_at or facts.period_end
            return None if counted_from is None else counted_from + policy.dunning


def grants_access(facts: SubscriptionFacts, now: datetime, policy: AccessPolicy = ACCESS_POLICY) -> bool:
    """Whether the subscription opens its connector at this instant.

    While billing is parked, what would have been charged keeps its access (design §2.9).
    """
    if facts.billing_parked and facts.auto_renew and facts.status in RENEWING:
        return True
    until = access_until(facts, policy)
    return until is not None and now < until


def promised_until(facts: SubscriptionFacts) -> datetime | None:
    """The end of what was promised (trial or paid time), also after it; access after it is grace.

    Pay-as-you-go is promised as long as what was used gets paid: the month that runs on is not a paid one.
    """
    if facts.status is SubscriptionStatus.TRIAL or facts.period_end is None:
        return facts.trial_ends_at
    if facts.metered and facts.first_failed_at is not None:
        return facts.first_failed_at
    return facts.period_end


def effective_status(facts: SubscriptionFacts, now: datetime) -> SubscriptionStatus:
    """The status as it is true now: a late sweep does not keep a closed subscription looking open."""
    if facts.status is SubscriptionStatus.PENDING or grants_access(facts, now):
        return facts.status
    return SubscriptionStatus.EXPIRED


def paid_since(subscriptions: tuple[SubscriptionFacts, ...], now: datetime) -> datetime | None:
    """When the earliest of the customer's live paid subscriptions was first paid; None without one."""
    instants = [
        facts.first_paid_at
        for facts in subscriptions
        if facts.status in PAID and facts.first_paid_at is not None and grants_access(facts, now)
    ]
    return min(instants, default=None)
