"""Renewal: when a subscription's end is announced and when its next period is invoiced (G2, G3).

Both instants are stored with the subscription, so that the sweep finds due work by an index; they follow
from its other facts alone, and whoever changes those asks here again. A renewal can't become due before
its notice is a day old, because only the notice makes it due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import SELLER_ZONE, BillingInterval, local_date, start_of_local_day
from app.billing.subscription import SubscriptionStatus


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """How long before the end of a period what happens."""

    monthly_notice: timedelta = timedelta(days=3)
    yearly_notice: timedelta = timedelta(days=14)
    metered_notice: timedelta = timedelta(days=3)
    trial_notice: timedelta = timedelta(days=2)
    transfer_lead: timedelta = timedelta(days=14)
    """A transfer takes days, so its invoice goes out early and is the notice as well (G3)."""
    notice_age: timedelta = timedelta(hours=24)
    """No automatic charge without a notice at least this old (design §4)."""


RENEWAL_POLICY = RenewalPolicy()


@dataclass(frozen=True, slots=True)
class RenewalFacts:
    """What decides about notice and renewal; instants UTC."""

    status: SubscriptionStatus
    auto_renew: bool
    method: PaymentMethodKind
    interval: BillingInterval
    """What the next renewal charges for."""
    metered: bool
    ends_at: datetime | None
    """The end of the paid period, or of a trial that continues."""
    continues_after_trial: bool
    noticed_at: datetime | None
    noticed_end: datetime | None
    """The end that the last notice spoke of."""
    invoiced: bool
    """The next period stands on an invoice already."""


@dataclass(frozen=True, slots=True)
class RenewalSchedule:
    """When the customer is told, and when the next period is invoiced; None: not (yet, or any more)."""

    notice_due_at: datetime | None
    renewal_due_at: datetime | None


NOTHING_DUE = RenewalSchedule(None, None)


def schedule(
    facts: RenewalFacts, policy: RenewalPolicy = RENEWAL_POLICY, zone: ZoneInfo = SELLER_ZONE
) -> RenewalSchedule:
    """When notice and renewal of a subscription are due.

    A card is charged by the first sweep of the local day on which the period ends, a day after its notice
    at the earliest: a late notice moves the charge, not the period. A bank transfer is invoiced 14 days
    ahead. With auto-renewal off there is only the notice that access ends.
    """
    if facts.ends_at is None or facts.invoiced or not _has_an_end_to_tell(facts):
        return NOTHING_DUE
    day = start_of_local_day(local_date(facts.ends_at, zone), zone)
    renews = facts.auto_renew
    if renews and facts.method is PaymentMethodKind.BANK_TRANSFER and not facts.metered:
        return RenewalSchedule(None, day - policy.transfer_lead)
    if facts.noticed_at is None or facts.noticed_end != facts.ends_at:
        return RenewalSchedule(day - _notice(facts, policy), None)
    if not renews:
        return NOTHING_DUE
    whole = facts.metered or facts.status is SubscriptionStatus.TRIAL  # not before the last moment of it
    earliest = facts.ends_at if whole else day
    return RenewalSchedule(None, max(earliest, facts.noticed_at + policy.notice_age))


def _has_an_end_to_tell(facts: RenewalFacts) -> bool:
    if facts.status is SubscriptionStatus.TRIAL:
        return facts.continues_after_trial and facts.auto_renew
    return facts.status is SubscriptionStatus.ACTIVE


def _notice(facts: RenewalFacts, policy: RenewalPolicy) -> timedelta:
    if facts.status is SubscriptionStatus.TRIAL:
        return policy.trial_notice
    if facts.metered:
        return policy.metered_notice
    yearly = facts.interval is BillingInterval.YEAR
    return policy.yearly_notice if yearly else policy.monthly_notice
