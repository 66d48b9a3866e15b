"""When the loaded customers bought, and what followed from it until now, by the rules of billing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product

from app.billing.invoice import PaymentMethodKind, due_date
from app.billing.periods import (
    SELLER_ZONE,
    BillingInterval,
    Period,
    add_months,
    anchor_day_of,
    last_day_of,
    local_date,
    period_starting,
    start_of_local_day,
)
from app.billing.renewal import RenewalFacts, RenewalSchedule, schedule
from app.billing.subscription import SubscriptionStatus

SPREAD_DAYS = 31
MOMENTS_A_DAY = 4
BETWEEN_MOMENTS = timedelta(hours=3)
EARLIEST = timedelta(minutes=10)
SWEEP_AFTER = timedelta(minutes=5)
"""How long after the beginning of a local day the sweep of that day did its work."""


@dataclass(frozen=True, slots=True)
class PaidPeriod:
    """One period of everybody who bought at a moment: when it was invoiced and paid, when it is given."""

    ordinal: int
    period: Period
    paid_at: datetime
    recognised_at: datetime | None

    @property
    def issued_on(self) -> date:
        """The date of its invoice, which was paid at once."""
        return local_date(self.paid_at)

    @property
    def due_on(self) -> date:
        """The last day on which its invoice could be paid."""
        return due_date(self.issued_on)

    @property
    def last_day(self) -> date:
        """The day that its revenue is dated by."""
        return last_day_of(self.period)


@dataclass(frozen=True, slots=True)
class Moment:
    """When many customers bought, and how their subscriptions stand now."""

    bought_at: datetime
    anchor_day: int
    periods: tuple[PaidPeriod, ...]
    noticed_at: datetime | None
    noticed_end: datetime | None
    schedule: RenewalSchedule


def moments(now: datetime, history: int) -> list[Moment]:
    """Moments of a first payment so long ago that `history` months were paid and given before the one
    that runs now and is not to be renewed yet. Neighbours lie on different days, so that few customers
    are spread as well.
    """
    days_and_hours = product(range(MOMENTS_A_DAY), range(SPREAD_DAYS))
    since = [now - EARLIEST - timedelta(days=day) - step * BETWEEN_MOMENTS for step, day in days_and_hours]
    return [each for each in (_moment(instant, now, history) for instant in since) if _runs(each, now)]


def _runs(moment: Moment, now: datetime) -> bool:
    renewal_due_at = moment.schedule.renewal_due_at
    return moment.periods[-1].period.contains(now) and (renewal_due_at is None or renewal_due_at > now)


def _moment(running_since: datetime, now: datetime, history: int) -> Moment:
    bought_at = _months_before(running_since, history)
    anchor_day = anchor_day_of(bought_at)
    periods = [period_starting(bought_at, BillingInterval.MONTH, anchor_day)]
    for _ in range(history):
        periods.append(period_starting(periods[-1].end, BillingInterval.MONTH, anchor_day))
    facts = _noticed([period.end for period in periods], now)
    return Moment(
        bought_at=bought_at,
        anchor_day=anchor_day,
        periods=tuple(_paid(ordinal, period, now) for ordinal, period in enumerate(periods)),
        noticed_at=facts.noticed_at,
        noticed_end=facts.noticed_end,
        schedule=schedule(facts),
    )


def _months_before(instant: datetime, months: int) -> datetime:
    local = instant.astimezone(SELLER_ZONE)
    day = add_months(local.date(), -months, local.day)
    return start_of_local_day(day) + (instant - start_of_local_day(local.date()))


def _paid(ordinal: int, period: Period, now: datetime) -> PaidPeriod:
    """The first one begins with its payment, a renewal is paid in the sweep of its first day."""
    given = start_of_local_day(last_day_of(period)) + SWEEP_AFTER
    return PaidPeriod(
        ordinal=ordinal,
        period=period,
        paid_at=start_of_local_day(local_date(period.start)) + SWEEP_AFTER if ordinal else period.start,
        recognised_at=given if given <= now else None,
    )


def _noticed(ends: list[datetime], now: datetime) -> RenewalFacts:
    """The subscription after every notice that a sweep has sent by now."""
    facts = RenewalFacts(
        status=SubscriptionStatus.ACTIVE,
        auto_renew=True,
        method=PaymentMethodKind.CARD,
        interval=BillingInterval.MONTH,
        metered=False,
        ends_at=None,
        continues_after_trial=False,
        noticed_at=None,
        noticed_end=None,
        invoiced=False,
    )
    for ends_at in ends:
        facts = replace(facts, ends_at=ends_at)
        due_at = schedule(facts).notice_due_at
        if due_at is not None and due_at + SWEEP_AFTER <= now:
            facts = replace(facts, noticed_at=due_at + SWEEP_AFTER, noticed_end=ends_at)
    return facts
