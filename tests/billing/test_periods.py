"""Billing periods: half-open, contiguous, back on the anchor day after short months (G1)."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.periods import (
    BillingInterval,
    Period,
    add_months,
    anchor_day_of,
    date_with_anchor,
    local_date,
    period_starting,
)
from tests.billing.facts import INSTANT, NOW

MOSCOW = ZoneInfo("Europe/Moscow")
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "Europe/Moscow",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    )
)
FIRST_START = datetime(2023, 1, 1, tzinfo=UTC)
MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
STARTS = st.integers(0, 10 * 366 * 86_400).map(lambda second: FIRST_START + timedelta(seconds=second))


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=offset) for offset in range(365 + calendar.isleap(year))]


@pytest.mark.parametrize("year", [2023, 2024])
def test_every_start_day_keeps_its_anchor_for_sixty_months(year: int) -> None:
    for start in days_of(year):
        day = start
        for months in range(1, 61):
            day = add_months(day, 1, start.day)
            last_day = calendar.monthrange(day.year, day.month)[1]
            assert day.day == min(start.day, last_day)
            assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == months
            assert day == add_months(start, months, start.day)


def test_a_year_ends_on_the_same_date() -> None:
    for start in days_of(2024):
        end = add_months(start, YEAR.months, start.day)
        assert end == (date(2025, 2, 28) if start == date(2024, 2, 29) else start.replace(year=2025))


def test_the_29th_of_february_returns_in_a_leap_year() -> None:
    start = datetime(2024, 2, 29, 9, 0, tzinfo=UTC)
    ends = []
    for _ in range(8):
        start = period_starting(start, YEAR, 29).end
        ends.append(f"{start:%m-%d}")
    assert ends == ["02-28", "02-28", "02-28", "02-29", "02-28", "02-28", "02-28", "02-29"]


def test_2100_is_no_leap_year() -> None:
    assert add_months(date(2096, 2, 29), 48, 29) == date(2100, 2, 28)


@settings(max_examples=30)
@given(STARTS, st.sampled_from(ZONES), st.sampled_from(BillingInterval))
def test_periods_follow_each_other_on_the_anchor_day(
    start: datetime, zone: ZoneInfo, interval: BillingInterval
) -> None:
    anchor_day, wall_date = anchor_day_of(start, zone), local_date(start, zone)
    for count in range(1, 4):
        period = period_starting(start, interval, anchor_day, zone)
        assert (period.start, period.end.tzinfo) == (start, UTC)
        assert local_date(period.end, zone) == add_months(wall_date, count * interval.months, anchor_day)
        start = period.end


@settings(max_examples=30)
@given(STARTS, st.sampled_from(BillingInterval))
def test_a_period_ends_at_the_moscow_wall_time_of_its_start(
    start: datetime, interval: BillingInterval
) -> None:
    period = period_starting(start, interval, anchor_day_of(start))
    assert period.end.astimezone(MOSCOW).time() == start.astimezone(MOSCOW).time()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-02-28T01:30-05:00", "2026-03-28T01:30-04:00"),  # over the change to summer time
        ("2026-10-28T01:30-04:00", "2026-11-28T01:30-05:00"),  # and back
        ("2026-02-08T02:30-05:00", "2026-03-08T03:30-04:00"),  # 02:30 does not exist that day
        ("2026-10-01T01:30-04:00", "2026-11-01T01:30-04:00"),  # 01:30 comes twice; the first one counts
    ],
)
def test_periods_in_a_zone_with_summer_time(start: str, end: str) -> None:
    begins = datetime.fromisoformat(start)
    period = period_starting(begins, MONTH, begins.day, ZoneInfo("America/New_York"))
    assert period.end == datetime.fromisoformat(end)


def test_the_billing_date_is_moscows() -> None:
    before_midnight = datetime(2025, 12, 31, 20, 59, 59, tzinfo=UTC)
    assert local_date(before_midnight) == date(2025, 12, 31)
    assert local_date(before_midnight + timedelta(seconds=1)) == date(2026, 1, 1)
    assert anchor_day_of(datetime(2026, 1, 30, 21, 0, tzinfo=UTC)) == 31


def test_a_start_in_another_zone_is_the_same_instant() -> None:
    start = datetime.combine(date(2026, 1, 31), time(12), MOSCOW)
    assert period_starting(start, MONTH, 31) == period_starting(start.astimezone(UTC), MONTH, 31)


def test_the_end_is_not_part_of_the_period() -> None:
    period = Period(NOW, NOW + timedelta(days=1))
    assert period.contains(period.start)
    assert period.contains(period.end - INSTANT)
    assert not period.contains(period.end)
    assert not period.contains(period.start - INSTANT)


@pytest.mark.parametrize(
    ("start", "end"),
    [(NOW, NOW), (NOW, NOW - INSTANT), (NOW.replace(tzinfo=None), NOW), (NOW, NOW.replace(tzinfo=None))],
)
def test_what_is_no_period(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="a period"):
        Period(start, end)


def test_a_short_month_takes_its_last_day() -> None:
    assert date_with_anchor(2026, 2, 31) == date(2026, 2, 28)
    assert date_with_anchor(2028, 2, 30) == date(2028, 2, 29)
    assert date_with_anchor(2026, 4, 31) == date(2026, 4, 30)
    assert date_with_anchor(2026, 12, 31) == date(2026, 12, 31)


def test_months_of_an_interval() -> None:
    assert (MONTH.months, YEAR.months) == (1, 12)
