"""Billing periods: half-open, contiguous, back on the anchor day after short months (G1)."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.periods import (
    BillingInterval,
    Period,
    RenewalPeriod,
    add_months,
    anchor_day_of,
    date_with_anchor,
    last_day_of,
    local_date,
    local_days,
    next_renewal_period,
    period_starting,
    service_months,
    start_of_local_day,
)
from tests.billing.facts import DAY, INSTANT, NOW

MOSCOW = ZoneInfo("Europe/Moscow")
ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "Europe/Moscow",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",  # clocks change at midnight
        "America/Santiago",
        "Australia/Lord_Howe",  # by half an hour
        "Pacific/Auckland",
        "Pacific/Kiritimati",  # UTC+14
        "Pacific/Pago_Pago",  # UTC-11
    )
)
FIRST_START = datetime(2023, 1, 1, tzinfo=UTC)
MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
STARTS = st.integers(0, 10 * 366 * 86_400).map(lambda second: FIRST_START + timedelta(seconds=second))
EXAMPLE_YEARS = [2023, 2024, 2025, 2027, 2028, 2096, 2099, 2100]


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=offset) for offset in range(365 + calendar.isleap(year))]


@pytest.mark.parametrize("year", EXAMPLE_YEARS)
def test_every_start_day_keeps_its_anchor_for_sixty_months(year: int) -> None:
    for start in days_of(year):
        day = start
        for months in range(1, 61):
            day = add_months(day, 1, start.day)
            last_day = calendar.monthrange(day.year, day.month)[1]
            assert day.day == min(start.day, last_day)
            assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == months
            assert day == add_months(start, months, start.day)


@pytest.mark.parametrize("year", EXAMPLE_YEARS)
def test_a_year_ends_on_the_same_date_and_the_29th_of_february_on_the_last_day(year: int) -> None:
    for start in days_of(year):
        day = start
        for years in range(1, 9):
            day = add_months(day, YEAR.months, start.day)
            leap_day_is_missing = (start.month, start.day) == (2, 29) and not calendar.isleap(year + years)
            assert day == (
                date(year + years, 2, 28) if leap_day_is_missing else start.replace(year=year + years)
            )


def test_the_29th_of_february_returns_in_a_leap_year() -> None:
    start = datetime(2024, 2, 29, 9, 0, tzinfo=UTC)
    ends = []
    for _ in range(8):
        start = period_starting(start, YEAR, 29).end
        ends.append(f"{start:%m-%d}")
    assert ends == ["02-28", "02-28", "02-28", "02-29", "02-28", "02-28", "02-28", "02-29"]


def test_2100_is_no_leap_year() -> None:
    assert add_months(date(2096, 2, 29), 48, 29) == date(2100, 2, 28)


def exists(day: date, wall_time: time, zone: ZoneInfo) -> bool:
    """Whether clocks of the zone show this time on this day."""
    local = datetime.combine(day, wall_time, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def check_chain(start: datetime, interval: BillingInterval, zone: ZoneInfo, count: int) -> None:
    """Periods from the start on: no gap, no overlap, on the anchor day, at the wall time of the start."""
    first = start.astimezone(zone)
    wall_time = first.time()
    for number in range(1, count + 1):
        period = period_starting(start, interval, first.day, zone)
        assert (period.start, period.end.tzinfo) == (start, UTC)
        end = period.end.astimezone(zone)
        assert end.date() == add_months(first.date(), number * interval.months, first.day)
        assert end.fold == 0
        if end.time() != wall_time:
            assert not exists(end.date(), wall_time, zone)
            assert end.time() > wall_time
        wall_time = end.time()
        start = period.end


@settings(max_examples=30)
@given(STARTS, st.sampled_from(ZONES), st.sampled_from(BillingInterval))
def test_periods_follow_each_other_on_the_anchor_day(
    start: datetime, zone: ZoneInfo, interval: BillingInterval
) -> None:
    check_chain(start, interval, zone, count=4)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_sixty_months_follow_each_other_in_every_zone(zone: ZoneInfo) -> None:
    days = (day for year in EXAMPLE_YEARS for day in days_of(year))
    walls = cycle((time(0), time(0, 30), time(1, 30), time(2, 15), time(2, 45), time(12), time.max))
    for day, wall_time in zip(islice(days, 0, None, 23), walls, strict=False):
        check_chain(datetime.combine(day, wall_time, zone).astimezone(UTC), MONTH, zone, count=60)


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
        ("2026-11-01T01:30-05:00", "2026-12-01T01:30-05:00"),  # from the second one
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


def test_a_time_that_comes_twice_means_the_first_also_after_a_start_in_the_second() -> None:
    new_york = ZoneInfo("America/New_York")
    second = datetime.fromisoformat("2026-11-01T01:30-05:00")
    assert period_starting(second, YEAR, 7, new_york).end == datetime.fromisoformat("2027-11-07T01:30-04:00")


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_day_starts_with_its_first_instant(zone: ZoneInfo) -> None:
    for day in days_of(2026):
        start = start_of_local_day(day, zone)
        assert (start.tzinfo, local_date(start, zone)) == (UTC, day)
        assert local_date(start - INSTANT, zone) == day - DAY


@pytest.mark.parametrize(
    ("start", "end", "days", "last_day"),
    [
        ("2026-01-31T12:00+03:00", "2026-02-28T12:00+03:00", 28, "2026-02-28"),
        ("2026-02-28T00:00+03:00", "2026-03-31T00:00+03:00", 31, "2026-03-30"),  # midnight is not part of it
        ("2026-02-28T00:00+03:00", "2026-03-31T00:00:00.000001+03:00", 31, "2026-03-31"),
        ("2024-02-29T23:59+03:00", "2025-02-28T23:59+03:00", 365, "2025-02-28"),
        ("2026-01-31T23:59+03:00", "2026-02-01T00:01+03:00", 1, "2026-02-01"),
        ("2026-01-31T20:59Z", "2026-01-31T21:01Z", 1, "2026-02-01"),  # the same in UTC
        ("2026-01-31T12:00+03:00", "2026-01-31T12:01+03:00", 1, "2026-01-31"),  # never less than one
    ],
)
def test_calendar_days_of_a_period(start: str, end: str, days: int, last_day: str) -> None:
    period = Period(datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert local_days(period) == days
    assert last_day_of(period) == date.fromisoformat(last_day)


def test_days_are_those_of_the_zone() -> None:
    period = Period(datetime(2026, 1, 1, 9, 30, tzinfo=UTC), datetime(2026, 1, 1, 10, 30, tzinfo=UTC))
    assert last_day_of(period, ZoneInfo("Pacific/Kiritimati")) == date(2026, 1, 2)
    assert last_day_of(period, ZoneInfo("Pacific/Pago_Pago")) == date(2025, 12, 31)
    month = Period(datetime(2026, 1, 1, 9, 30, tzinfo=UTC), datetime(2026, 1, 31, 10, 30, tzinfo=UTC))
    assert local_days(month, ZoneInfo("Pacific/Kiritimati")) == 31
    assert local_days(month, MOSCOW) == 30


@pytest.mark.parametrize("year", [2024, 2027, 2028, 2099])
def test_a_year_has_twelve_service_months_and_a_month_one(year: int) -> None:
    for day in days_of(year):
        start = datetime.combine(day, time(15, 30), MOSCOW)
        twelve_months = period_starting(start, YEAR, day.day)
        pieces = service_months(twelve_months, day.day)
        assert len(pieces) == 12
        assert (pieces[0].start, pieces[-1].end) == (twelve_months.start, twelve_months.end)
        assert list(pieces) == [period_starting(piece.start, MONTH, day.day) for piece in pieces]
        assert service_months(pieces[3], day.day) == (pieces[3],)


@settings(max_examples=60)
@given(STARTS, st.integers(1, 2 * 366 * 86_400), st.integers(1, 31), st.sampled_from(ZONES))
def test_service_months_fill_any_period(
    start: datetime, seconds: int, anchor_day: int, zone: ZoneInfo
) -> None:
    period = Period(start, start + timedelta(seconds=seconds))
    pieces = service_months(period, anchor_day, zone)
    assert (pieces[0].start, pieces[-1].end) == (period.start, period.end)
    wall_time = start.astimezone(zone).time()
    for piece, following in pairwise(pieces):
        assert piece.end == following.start
        cut = piece.end.astimezone(zone)
        assert cut.date() == date_with_anchor(cut.year, cut.month, anchor_day)
        assert cut.time() == wall_time or not exists(cut.date(), wall_time, zone)
    assert all(local_days(piece, zone) <= 31 for piece in pieces)


@pytest.mark.parametrize(
    ("start", "end", "anchor_day", "cuts"),
    [
        ("2026-03-05", "2026-03-31", 31, []),  # a stub
        ("2026-03-31", "2026-04-30", 31, []),
        ("2026-01-31", "2026-04-30", 31, ["2026-02-28", "2026-03-31"]),
        ("2026-12-05", "2027-02-28", 30, ["2026-12-30", "2027-01-30"]),  # a stub of a year
        ("2026-12-30", "2027-03-05", 30, ["2027-01-30", "2027-02-28"]),  # ends off the anchor day
        ("2026-03-10", "2026-03-12", 31, []),
    ],
)
def test_service_months_are_cut_on_anchor_dates(
    start: str, end: str, anchor_day: int, cuts: list[str]
) -> None:
    noon = [datetime.combine(date.fromisoformat(day), time(12), MOSCOW) for day in (start, *cuts, end)]
    pieces = service_months(Period(noon[0], noon[-1]), anchor_day)
    assert pieces == tuple(Period(*ends) for ends in pairwise(noon))


def test_a_service_month_of_an_hour_is_not_made_where_summer_time_moved_the_end() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat("2026-03-28T12:00+01:00")
    period = Period(start, datetime.fromisoformat("2026-04-28T13:00+02:00"))
    assert service_months(period, 28, berlin) == (period,)


def at_noon(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(12), MOSCOW)


@pytest.mark.parametrize("interval", BillingInterval)
def test_a_period_that_was_not_extended_is_followed_by_a_whole_one(interval: BillingInterval) -> None:
    end = at_noon("2026-02-28")
    whole = period_starting(end, interval, 31)
    assert next_renewal_period(end, None, interval, 31) == RenewalPeriod(whole, whole)
    assert next_renewal_period(end, end, interval, 31) == RenewalPeriod(whole, whole)


@pytest.mark.parametrize(
    ("interval", "nominal_end", "period_end", "nominal", "paid_days", "nominal_days"),
    [
        (MONTH, "2026-02-28", "2026-03-05", ("2026-02-28", "2026-03-31"), 26, 31),
        (MONTH, "2026-02-28", "2026-03-30", ("2026-02-28", "2026-03-31"), 1, 31),
        (MONTH, "2026-02-28", "2026-03-31", ("2026-03-31", "2026-04-30"), 30, 30),  # exactly on a boundary
        (MONTH, "2026-02-28", "2026-04-01", ("2026-03-31", "2026-04-30"), 29, 30),  # one period swallowed
        (MONTH, "2026-02-28", "2026-06-05", ("2026-05-31", "2026-06-30"), 25, 30),  # three
        (YEAR, "2027-02-28", "2027-03-10", ("2027-02-28", "2028-02-29"), 356, 366),
        (YEAR, "2027-02-28", "2028-02-29", ("2028-02-29", "2029-02-28"), 365, 365),
    ],
)
def test_extra_days_move_the_end_and_not_the_billing_day(
    interval: BillingInterval,
    nominal_end: str,
    period_end: str,
    nominal: tuple[str, str],
    paid_days: int,
    nominal_days: int,
) -> None:
    renewal = next_renewal_period(at_noon(period_end), at_noon(nominal_end), interval, 31)
    assert renewal.period == Period(at_noon(period_end), at_noon(nominal[1]))
    assert renewal.nominal == Period(at_noon(nominal[0]), at_noon(nominal[1]))
    assert (renewal.paid_days, renewal.nominal_days) == (paid_days, nominal_days)
    assert (renewal.period.start.tzinfo, renewal.period.end.tzinfo) == (UTC, UTC)


@settings(max_examples=60)
@given(
    STARTS, st.integers(0, 800), st.integers(1, 31), st.sampled_from(BillingInterval), st.sampled_from(ZONES)
)
def test_a_stub_ends_on_the_billing_day_and_what_follows_is_whole(
    nominal_end: datetime, extra_days: int, anchor_day: int, interval: BillingInterval, zone: ZoneInfo
) -> None:
    period_end = nominal_end + extra_days * DAY
    renewal = next_renewal_period(period_end, nominal_end, interval, anchor_day, zone)
    assert renewal.period.start == period_end
    assert renewal.period.end == renewal.nominal.end
    end = local_date(renewal.nominal.end, zone)
    assert end == date_with_anchor(end.year, end.month, anchor_day)
    assert renewal.nominal.start.astimezone(zone).date() <= local_date(period_end, zone) < end
    assert 1 <= renewal.paid_days <= renewal.nominal_days
    following = next_renewal_period(renewal.period.end, None, interval, anchor_day, zone)
    assert following.period == following.nominal
    assert following.period.start == renewal.period.end
    assert local_date(following.period.end, zone) == add_months(end, interval.months, anchor_day)


def test_no_stub_of_an_hour_where_summer_time_moved_the_end() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    nominal_end = datetime.fromisoformat("2026-10-10T12:00+02:00")
    period_end = nominal_end + 31 * DAY  # 11:00 by the clocks of 10 November, an hour before the boundary
    renewal = next_renewal_period(period_end, nominal_end, MONTH, 10, berlin)
    assert renewal.period == Period(period_end, datetime.fromisoformat("2026-12-10T12:00+01:00"))
    assert (renewal.paid_days, renewal.nominal_days, renewal.zone) == (30, 30, berlin)


def test_days_of_a_renewal_are_those_of_its_zone() -> None:
    period = Period(datetime(2026, 1, 1, 9, 30, tzinfo=UTC), datetime(2026, 1, 31, 10, 30, tzinfo=UTC))
    assert RenewalPeriod(period, period, ZoneInfo("Pacific/Kiritimati")).paid_days == 31
    assert RenewalPeriod(period, period).nominal_days == 30


def test_extra_days_never_shorten_a_period() -> None:
    with pytest.raises(ValueError, match="never shorten"):
        next_renewal_period(NOW - INSTANT, NOW, MONTH, NOW.day)


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
