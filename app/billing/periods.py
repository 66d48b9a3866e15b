"""Billing periods: half-open stretches of time that end on the anchor day (requirement G1)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import count, pairwise, takewhile
from zoneinfo import ZoneInfo

SELLER_ZONE = ZoneInfo("Europe/Moscow")
"""The zone whose local dates are billing dates (design §2.2)."""


class BillingInterval(StrEnum):
    """How long one paid period lasts."""

    MONTH = "month"
    YEAR = "year"

    @property
    def months(self) -> int:
        """The length in calendar months."""
        return 12 if self is BillingInterval.YEAR else 1


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time [start, end), both instants in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse naive instants and an end that is not after the start."""
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period takes instants with a zone")
        if self.end <= self.start:
            raise ValueError("a period must end after it starts")

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies in the period; its end does not."""
        return self.start <= instant < self.end


def local_date(instant: datetime, zone: ZoneInfo = SELLER_ZONE) -> date:
    """The billing date of an instant: the calendar date in the seller's zone."""
    return instant.astimezone(zone).date()


def start_of_local_day(day: date, zone: ZoneInfo = SELLER_ZONE) -> datetime:
    """The first instant (UTC) of a calendar day of the zone."""
    return _instant_at(day, time.min, zone)


def local_days(period: Period, zone: ZoneInfo = SELLER_ZONE) -> int:
    """How many calendar days of the zone lie between the dates of the two ends; at least 1."""
    return max(1, (local_date(period.end, zone) - local_date(period.start, zone)).days)


def last_day_of(period: Period, zone: ZoneInfo = SELLER_ZONE) -> date:
    """The calendar day of the period's last instant: a period that ends at midnight ends the day before."""
    return local_date(period.end - timedelta(microseconds=1), zone)


def anchor_day_of(instant: datetime, zone: ZoneInfo = SELLER_ZONE) -> int:
    """The billing day (1-31) of a subscription whose first paid period starts at the instant."""
    return local_date(instant, zone).day


def date_with_anchor(year: int, month: int, anchor_day: int) -> date:
    """The anchor day in this month, or the month's last day where the month is shorter."""
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))


def add_months(day: date, months: int, anchor_day: int) -> date:
    """The billing date `months` later; days 29-31 return after a shorter month."""
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date_with_anchor(year, month_index + 1, anchor_day)


def period_starting(
    start: datetime, interval: BillingInterval, anchor_day: int, zone: ZoneInfo = SELLER_ZONE
) -> Period:
    """The paid period that starts at the instant `start` (UTC).

    It ends on the anchor date at the wall time of `start` in the seller's zone (G1), so that the
    periods of a subscription follow each other without gap or overlap.
    """
    local = start.astimezone(zone)
    end_date = add_months(local.date(), interval.months, anchor_day)
    return Period(start=start.astimezone(UTC), end=_instant_at(end_date, local.time(), zone))


@dataclass(frozen=True, slots=True)
class RenewalPeriod:
    """The period that a renewal pays for, and the whole one that it is a part of or equal to."""

    period: Period
    nominal: Period
    zone: ZoneInfo = SELLER_ZONE

    @property
    def paid_days(self) -> int:
        """Calendar days of the period that is paid for."""
        return local_days(self.period, self.zone)

    @property
    def nominal_days(self) -> int:
        """Calendar days of the whole period, whose price is the price."""
        return local_days(self.nominal, self.zone)


def next_renewal_period(
    period_end: datetime,
    nominal_end: datetime | None,
    interval: BillingInterval,
    anchor_day: int,
    zone: ZoneInfo = SELLER_ZONE,
) -> RenewalPeriod:
    """The period that follows one that ends at `period_end`.

    `nominal_end` is where the paid period would have ended without the extra days given to the customer,
    None when there were none. Extra days move the end of a period, not its billing day (H7): the next
    period starts at the extended end and ends where the whole period that contains it would have ended;
    whole periods that the extra days swallowed are skipped. Raises ValueError when the period would end
    before its nominal end.
    """
    nominal = period_starting(nominal_end or period_end, interval, anchor_day, zone)
    if period_end < nominal.start:
        raise ValueError("extra days never shorten a period")
    while local_date(nominal.end, zone) <= local_date(period_end, zone):
        nominal = period_starting(nominal.end, interval, anchor_day, zone)
    return RenewalPeriod(Period(period_end.astimezone(UTC), nominal.end), nominal, zone)


def service_months(period: Period, anchor_day: int, zone: ZoneInfo = SELLER_ZONE) -> tuple[Period, ...]:
    """Cut a paid period into service months (design §3): a year is 12, a month or less than one is 1.

    It is cut on every anchor date between the dates of its ends, at the wall time of its start, so that
    one that starts off the anchor day has a shorter first month. The pieces follow each other without
    gap or overlap; the last one ends when the period ends.
    """
    local = period.start.astimezone(zone)
    dates = _anchor_dates_between(local.date(), local_date(period.end, zone), anchor_day)
    cuts = [period.start, *(_instant_at(day, local.time(), zone) for day in dates), period.end]
    return tuple(Period(start, end) for start, end in pairwise(cuts))


def _anchor_dates_between(first: date, last: date, anchor_day: int) -> list[date]:
    """The anchor dates after the first day and before the last one."""
    dates = (add_months(first, months, anchor_day) for months in count())
    return [day for day in takewhile(lambda day: day < last, dates) if day > first]


def _instant_at(day: date, wall_time: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall time on a day, in UTC.

    Where clocks change, a time that comes twice means the first, and one that is left out moves ahead by
    what was left out, never back to the day before.
    """
    return datetime.combine(day, wall_time.replace(fold=0), zone).astimezone(UTC)
