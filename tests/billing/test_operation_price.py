"""A price of operations is announced in time and begins with a month, except for the first one (I1, G5)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import BillingError
from app.billing.metering import month_of, period_of
from app.billing.money import Money
from app.billing.operation_price import (
    OperationPriceFacts,
    PlannedOperationPrice,
    begins_a_month,
    first_month_after_notice,
    require_announceable,
)
from app.billing.price_change import PriceChangePolicy
from tests.billing.facts import DAY, INSTANT, NOW

APRIL, MAY = datetime(2026, 3, 31, 21, tzinfo=UTC), datetime(2026, 4, 30, 21, tzinfo=UTC)
LONG_AGO = NOW - 400 * DAY
PRICE = Money(50_000, "RUB")
NOTICE = 30 * DAY
FAR_EAST = ZoneInfo("Asia/Kamchatka")
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MONTHS = INSTANTS.map(lambda instant: period_of(month_of(instant)).start)


def verdict(
    valid_from: datetime,
    *others: datetime,
    in_use: bool = False,
    now: datetime = NOW,
    amount: Money = PRICE,
    operations: int = 1_000,
) -> str:
    """The code of the refusal, or OK."""
    planned = PlannedOperationPrice(amount, operations, valid_from)
    try:
        require_announceable(planned, OperationPriceFacts(others, in_use), now)
    except BillingError as refusal:
        return refusal.code
    return "OK"


@pytest.mark.parametrize(
    ("valid_from", "code"),
    [
        (NOW - INSTANT, "PRICE_IN_THE_PAST"),
        (NOW, "OK"),
        (NOW + INSTANT, "OK"),
        (APRIL, "OK"),
        (MAY + DAY, "OK"),
    ],
)
def test_the_first_price_holds_from_any_instant_to_come(valid_from: datetime, code: str) -> None:
    assert verdict(valid_from) == code


@pytest.mark.parametrize(
    ("valid_from", "nobody", "somebody"),
    [
        (NOW - INSTANT, "PRICE_IN_THE_PAST", "PRICE_IN_THE_PAST"),
        (NOW, "PRICE_NOT_FROM_A_MONTH", "PRICE_NOT_FROM_A_MONTH"),
        (APRIL - INSTANT, "PRICE_NOT_FROM_A_MONTH", "PRICE_NOT_FROM_A_MONTH"),
        (APRIL, "OK", "PRICE_WITHOUT_NOTICE"),
        (APRIL + INSTANT, "PRICE_NOT_FROM_A_MONTH", "PRICE_NOT_FROM_A_MONTH"),
        (MAY, "OK", "OK"),
        (MAY + DAY, "PRICE_NOT_FROM_A_MONTH", "PRICE_NOT_FROM_A_MONTH"),
    ],
)
def test_a_change_begins_with_a_month_and_is_told_in_time_to_who_pays(
    valid_from: datetime, nobody: str, somebody: str
) -> None:
    assert verdict(valid_from, LONG_AGO) == nobody
    assert verdict(valid_from, LONG_AGO, in_use=True) == somebody


def test_thirty_days_are_enough_to_the_instant() -> None:
    assert verdict(MAY, LONG_AGO, in_use=True, now=MAY - NOTICE) == "OK"
    assert verdict(MAY, LONG_AGO, in_use=True, now=MAY - NOTICE + INSTANT) == "PRICE_WITHOUT_NOTICE"


@pytest.mark.parametrize(("amount", "operations"), [(0, 1), (-1, 1), (1, 0), (1, -5)])
def test_a_price_and_what_it_buys_are_positive(amount: int, operations: int) -> None:
    assert verdict(NOW, amount=Money(amount, "RUB"), operations=operations) == "PRICE_NOT_POSITIVE"


def test_the_least_price_of_one_operation() -> None:
    assert verdict(NOW, amount=Money(1, "RUB"), operations=1) == "OK"


def test_one_price_for_an_instant() -> None:
    assert verdict(MAY, LONG_AGO, MAY) == "PRICE_EXISTS"
    assert verdict(NOW, NOW) == "PRICE_EXISTS"


def test_what_is_announced_may_be_preceded_and_followed() -> None:
    assert verdict(MAY, LONG_AGO, MAY + 31 * DAY, in_use=True) == "OK"
    assert verdict(MAY + 31 * DAY, LONG_AGO, MAY, in_use=True) == "OK"


def test_nothing_comes_before_a_first_price_that_begins_inside_a_month() -> None:
    assert verdict(NOW, APRIL + DAY) == "PRICE_PLANNED"
    assert verdict(NOW, APRIL + DAY, MAY) == "PRICE_PLANNED"
    assert verdict(NOW, APRIL, MAY) == "OK"


def test_a_price_that_waits_for_its_first_day_is_changed_with_a_month_too() -> None:
    assert verdict(APRIL + 9 * DAY, APRIL + DAY) == "PRICE_NOT_FROM_A_MONTH"
    assert verdict(MAY, APRIL + DAY) == "OK"


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (APRIL - NOTICE, APRIL),
        (APRIL - NOTICE + INSTANT, MAY),
        (NOW, MAY),
        (datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 31, 21, tzinfo=UTC)),
    ],
)
def test_the_first_month_after_the_notice(now: datetime, start: datetime) -> None:
    assert first_month_after_notice(now) == start


def test_the_notice_and_the_zone_are_given() -> None:
    april = datetime(2026, 3, 31, 12, tzinfo=UTC)
    week = PriceChangePolicy(notice=7 * DAY)
    assert first_month_after_notice(NOW, week, FAR_EAST) == april
    assert first_month_after_notice(april - 7 * DAY, week, FAR_EAST) == april
    planned, facts = PlannedOperationPrice(PRICE, 1, april), OperationPriceFacts((LONG_AGO,), in_use=True)
    require_announceable(planned, facts, NOW, week, FAR_EAST)
    first = OperationPriceFacts((april,), in_use=False)
    require_announceable(PlannedOperationPrice(PRICE, 1, NOW), first, NOW, zone=FAR_EAST)


@given(INSTANTS)
def test_the_suggested_month_is_the_earliest_that_may_be_announced_to_everybody(now: datetime) -> None:
    start = first_month_after_notice(now)
    assert verdict(start, now - DAY, in_use=True, now=now) == "OK"
    before = period_of(month_of(start - INSTANT)).start
    assert before - now < NOTICE <= start - now < NOTICE + timedelta(days=31)


@given(st.sets(MONTHS, max_size=5), INSTANTS | MONTHS, INSTANTS, st.booleans())
def test_no_month_gets_a_second_price(
    others: set[datetime], valid_from: datetime, now: datetime, in_use: bool
) -> None:
    """Of the prices that follow another one each begins with a month, in whatever order they came."""
    if verdict(valid_from, *others, in_use=in_use, now=now) != "OK":
        return
    first, *later = sorted({*others, valid_from})
    assert all(begins_a_month(each) for each in later)
    assert len({first, *later}) == len(others) + 1
