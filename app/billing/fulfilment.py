"""Fulfilment: which period a paid line starts, if it still can (B4, F5, G4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.periods import BillingInterval, Period, anchor_day_of, period_starting
from app.billing.subscription import PAID, RENEWING, SubscriptionStatus

LATE_CONTINUATION = timedelta(days=1)
"""So long after its end a trial still continues where it ended; nobody pays for more time without access."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What an invoice line sells and where its subscription stands; instants UTC."""

    interval: BillingInterval
    period: Period | None
    """The period that was invoiced; None for a first purchase, whose period begins with the money."""
    status: SubscriptionStatus
    period_end: datetime | None
    """The end of what is paid already."""
    trial_ends_at: datetime | None
    given_up: bool
    """The customer has cancelled the subscription, or switched its renewal off."""


@dataclass(frozen=True, slots=True)
class StartedPeriod:
    """The period that begins, and the billing day when this is a new row of periods (else None)."""

    period: Period
    anchor_day: int | None


def start_paid_line(line: PaidLine, now: datetime) -> StartedPeriod | None:
    """The period that the money starts, or None when it can't start any: the money is the customer's then.

    A renewal keeps the period that was invoiced, however late it is paid while access stands (G4). It does
    not start on a subscription that the customer gave up meanwhile, nor when that period was paid in
    another way. A first purchase, a resumption, and what is paid after access has closed begin at the
    moment of the money; a continued trial paid in time begins where the trial ends.
    """
    if line.period is None:
        return None if line.status in PAID else _from(now, line.interval)
    if line.given_up:
        return None
    if line.status in {SubscriptionStatus.PENDING, SubscriptionStatus.EXPIRED}:
        return _from(now, line.interval)
    if line.status is SubscriptionStatus.TRIAL:
        return _continuing_trial(line, line.period, now)
    if line.status in RENEWING and line.period.start == line.period_end:
        return StartedPeriod(line.period, None)
    return None


def _continuing_trial(line: PaidLine, period: Period, now: datetime) -> StartedPeriod:
    if period.start == line.trial_ends_at and now < period.start + LATE_CONTINUATION:
        return StartedPeriod(period, anchor_day_of(period.start))
    return _from(now, line.interval)


def _from(now: datetime, interval: BillingInterval) -> StartedPeriod:
    anchor_day = anchor_day_of(now)
    return StartedPeriod(period_starting(now, interval, anchor_day), anchor_day)
