"""Pay-as-you-go: months of the seller, what operations cost, when they are told and charged (I1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.billing.money import Money
from app.billing.periods import SELLER_ZONE, Period, add_months, local_date, start_of_local_day
from app.billing.renewal import RENEWAL_POLICY


@dataclass(frozen=True, slots=True)
class MeterPolicy:
    """The lengths that decide about used operations."""

    repeats: timedelta = timedelta(hours=24)
    """How long the id of an operation names the same operation."""
    notice: timedelta = RENEWAL_POLICY.metered_notice
    """How long before the end of a month its preliminary sum is told (G2)."""
    notice_age: timedelta = RENEWAL_POLICY.notice_age
    """No automatic charge without a notice at least this old (design §4)."""


METER_POLICY = MeterPolicy()


def month_of(instant: datetime, zone: ZoneInfo = SELLER_ZONE) -> date:
    """The calendar month of the zone that an instant lies in, by its first day."""
    return local_date(instant, zone).replace(day=1)


def next_month(month: date) -> date:
    """The month after this one."""
    return add_months(month, 1, anchor_day=1)


def period_of(month: date, zone: ZoneInfo = SELLER_ZONE) -> Period:
    """From the first instant of a month to that of the next one."""
    return Period(start_of_local_day(month, zone), start_of_local_day(next_month(month), zone))


def price_of(operations: int, amount: Money, per: int) -> Money:
    """What operations cost when `amount` buys `per` of them, rounded half-up once (design §2.1).

    Raises ValueError for a negative number of operations, or a price of none.
    """
    if operations < 0 or per <= 0:
        raise ValueError(f"{operations} operations at a price of {per}")
    return amount.share(operations, per)


def counts_again(counted_at: datetime | None, now: datetime, policy: MeterPolicy = METER_POLICY) -> bool:
    """Whether an operation is one more, though its id was counted before; None: it never was.

    The time runs from the operation that was counted, not from its repetitions: they all end at once.
    """
    return counted_at is None or now - counted_at >= policy.repeats


def notice_due_at(month: date, policy: MeterPolicy = METER_POLICY, zone: ZoneInfo = SELLER_ZONE) -> datetime:
    """From when the preliminary sum of a month is told."""
    return period_of(month, zone).end - policy.notice


def charge_due_at(noticed_at: datetime | None, now: datetime, policy: MeterPolicy = METER_POLICY) -> datetime:
    """When a bill that is made now is charged: at once, or when its notice has come of age.

    Without a notice the bill itself is the notice. A late notice moves the charge, never the bill.
    """
    return max(now, (noticed_at or now) + policy.notice_age)
