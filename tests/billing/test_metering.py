"""Pay-as-you-go: months of the seller, prices rounded once, notices and charges (I1, G2)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.metering import (
    METER_POLICY,
    MeterPolicy,
    charge_due_at,
    counts_again,
    month_of,
    next_month,
    notice_due_at,
    period_of,
    price_of,
)
from app.billing.money import MINOR_UNITS_PER_MAJOR, Money
from tests.billing.facts import DAY, INSTANT, NOW

MARCH = date(2026, 3, 1)
APRIL_BEGINS = datetime(2026, 3, 31, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("instant", "month"),
    [
        (APRIL_BEGINS - INSTANT, MARCH),
        (APRIL_BEGINS, date(2026, 4, 1)),
        (datetime(2026, 12, 31, 20, 59, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_month_is_one_of_moscow(instant: datetime, month: date) -> None:
    assert month_of(instant) == month


def test_another_zone_has_other_months() -> None:
    assert month_of(APRIL_BEGINS, ZoneInfo("America/New_York")) == MARCH
    assert period_of(MARCH, ZoneInfo("UTC")).end == datetime(2026, 4, 1, tzinfo=UTC)


@given(INSTANTS)
def test_every_instant_lies_in_its_month_and_months_follow_each_other(instant: datetime) -> None:
    month = month_of(instant)
    assert period_of(month).contains(instant)
    assert period_of(next_month(month)).start == period_of(month).end
    assert month_of(period_of(month).end) == next_month(month)


@pytest.mark.parametrize(
    ("operations", "minor", "per", "price"),
    [
        (0, 50_000, 1_000, 0),
        (1, 50_000, 1_000, 50),
        (1, 500, 1_000, 1),  # half a kopeck is one
        (1, 499, 1_000, 0),
        (3, 499, 1_000, 1),
        (1_234, 50_000, 1_000, 61_700),
        (7, 100, 3, 233),
        (10**12, 1, 1, 10**12),
    ],
)
def test_what_operations_cost(operations: int, minor: int, per: int, price: int) -> None:
    assert price_of(operations, Money(minor, "RUB"), per) == Money(price, "RUB")


@given(
    st.integers(0, 10**12),
    st.integers(1, 10**9),
    st.integers(1, 10**6),
    st.sampled_from(sorted(MINOR_UNITS_PER_MAJOR)),
)
def test_a_price_is_the_exact_one_rounded_half_up_once(
    operations: int, minor: int, per: int, currency: str
) -> None:
    price = price_of(operations, Money(minor, currency), per)
    over = price.minor - Fraction(operations * minor, per)
    assert price.currency == currency
    assert -Fraction(1, 2) < over <= Fraction(1, 2)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_operations_never_cost_less(fewer: int, more: int, minor: int, per: int) -> None:
    fewer, more = sorted((fewer, more))
    amount = Money(minor, "RUB")
    assert price_of(fewer, amount, per) <= price_of(more, amount, per)
    assert price_of(fewer * per, amount, per) == amount * fewer


@pytest.mark.parametrize(("operations", "per"), [(-1, 1_000), (1, 0), (1, -1)])
def test_there_is_no_price_of_less_than_nothing(operations: int, per: int) -> None:
    with pytest.raises(ValueError, match="operations at a price"):
        price_of(operations, Money(100, "RUB"), per)


@pytest.mark.parametrize(
    ("counted", "again"),
    [
        (None, True),
        (NOW, False),
        (NOW - DAY + INSTANT, False),
        (NOW - DAY, True),
        (NOW + HOUR, False),  # another machine's clock is ahead
    ],
)
def test_an_id_names_the_same_operation_for_24_hours(counted: datetime | None, again: bool) -> None:
    assert counts_again(counted, NOW) is again


def test_how_long_an_id_is_kept_is_policy() -> None:
    assert counts_again(NOW - HOUR, NOW, MeterPolicy(repeats=HOUR))


def test_the_preliminary_sum_is_told_three_days_before_the_end() -> None:
    assert notice_due_at(MARCH) == APRIL_BEGINS - 3 * DAY
    assert notice_due_at(date(2028, 2, 1)) == datetime(2028, 2, 26, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("noticed", "charged"),
    [
        (APRIL_BEGINS - 3 * DAY, APRIL_BEGINS),
        (APRIL_BEGINS - DAY, APRIL_BEGINS),
        (APRIL_BEGINS - HOUR, APRIL_BEGINS + 23 * HOUR),
        (None, APRIL_BEGINS + DAY),
    ],
)
def test_nothing_is_charged_on_a_notice_younger_than_a_day(
    noticed: datetime | None, charged: datetime
) -> None:
    assert charge_due_at(noticed, APRIL_BEGINS) == charged


@given(st.none() | INSTANTS, INSTANTS)
def test_a_charge_comes_neither_before_its_bill_nor_within_a_day_of_its_notice(
    noticed: datetime | None, now: datetime
) -> None:
    charged = charge_due_at(noticed, now)
    assert charged >= now
    assert charged - (noticed or now) >= METER_POLICY.notice_age
