"""Exchange rates: the one in force on a day, or why there is none; and what a file adds (J4)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.billing.exchange_rates import (
    FOREIGN_CURRENCIES,
    LONGEST_FORCE,
    Difference,
    ExchangeRate,
    KnownRates,
    MissingRate,
    RateFile,
    compare,
    daily_file,
    days_between,
    history_file,
)
from app.billing.money import Money

FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = days_between(date(2026, 2, 27), date(2026, 3, 3))
DAY = timedelta(days=1)


def usd(day: date, value: str = "76.4513", nominal: int = 1) -> ExchangeRate:
    return ExchangeRate("USD", day, nominal, Decimal(value))


def eur(day: date, value: str = "90.1") -> ExchangeRate:
    return ExchangeRate("EUR", day, 1, Decimal(value))


def known(file: RateFile) -> KnownRates:
    return KnownRates(file.published_on, {(rate.currency, rate.published_on): rate for rate in file.rates})


def test_rates_are_kept_of_what_the_product_sells_in() -> None:
    assert FOREIGN_CURRENCIES == ("EUR", "USD")


@pytest.mark.parametrize(
    ("minor", "nominal", "value", "kopecks"),
    [
        (100, 1, "76.4513", 7_645),
        (10_000, 1, "76.4513", 764_513),
        (1, 1, "0.5", 1),
        (1, 1, "0.4999", 0),
        (-1, 1, "0.5", -1),
        (12_345, 100, "7645.13", 943_791),
        (0, 1, "76.4513", 0),
    ],
)
def test_a_sum_in_roubles_is_rounded_half_up_once(minor: int, nominal: int, value: str, kopecks: int) -> None:
    assert usd(FRIDAY, value, nominal).roubles(Money(minor, "USD")) == Money(kopecks, "RUB")


def test_a_rate_says_nothing_of_another_currency() -> None:
    with pytest.raises(ValueError, match="nothing of EUR"):
        usd(FRIDAY).roubles(Money(1, "EUR"))


@pytest.mark.parametrize(
    ("currency", "nominal", "value"),
    [("RUB", 1, "1"), ("XXX", 1, "1"), ("USD", 0, "1"), ("USD", -1, "1"), ("USD", 1, "0"), ("USD", 1, "-1"),
     ("USD", 1, "NaN"), ("USD", 1, "Infinity")],
)  # fmt: skip
def test_what_no_rate_can_be_is_refused(currency: str, nominal: int, value: str) -> None:
    with pytest.raises(ValueError, match=r"rate"):
        ExchangeRate(currency, FRIDAY, nominal, Decimal(value))


def test_a_day_has_the_rate_that_was_set_for_it() -> None:
    assert known(daily_file([usd(FRIDAY), eur(FRIDAY)], FRIDAY, None)).in_force("USD", FRIDAY) == usd(FRIDAY)


def test_sunday_and_monday_have_saturdays_rate_once_the_bank_said_so() -> None:
    saturdays = [usd(SATURDAY), eur(SATURDAY)]
    unasked = known(daily_file(saturdays, SATURDAY, None))
    assert unasked.in_force("USD", SUNDAY) is MissingRate.DAY_UNKNOWN
    asked = known(daily_file(saturdays, SATURDAY, MONDAY))
    for day in (SATURDAY, SUNDAY, MONDAY):
        assert asked.in_force("USD", day) == usd(SATURDAY)
    assert asked.in_force("USD", TUESDAY) is MissingRate.DAY_UNKNOWN
    assert asked.in_force("USD", FRIDAY) is MissingRate.DAY_UNKNOWN


def test_a_rate_that_was_not_imported_is_not_replaced_by_an_older_one() -> None:
    fridays = known(daily_file([usd(FRIDAY), eur(FRIDAY)], FRIDAY, None))
    with_day = KnownRates({FRIDAY: FRIDAY, SUNDAY: SATURDAY}, fridays.rates)
    assert with_day.in_force("USD", SUNDAY) is MissingRate.RATE_UNKNOWN


@pytest.mark.parametrize(("age", "used"), [(14, True), (15, False)])
def test_no_rate_is_used_longer_than_any_holidays(age: int, used: bool) -> None:
    day = FRIDAY + timedelta(days=age)
    told = KnownRates({day: FRIDAY}, {("USD", FRIDAY): usd(FRIDAY)})
    assert told.in_force("USD", day) == (usd(FRIDAY) if used else MissingRate.TOO_OLD)


def test_roubles_need_no_rate() -> None:
    nothing = KnownRates()
    assert nothing.roubles(Money(5, "RUB"), FRIDAY) == Money(5, "RUB")
    assert nothing.roubles(Money(5, "USD"), FRIDAY) is MissingRate.DAY_UNKNOWN
    one = KnownRates({FRIDAY: FRIDAY}, {("USD", FRIDAY): usd(FRIDAY)})
    assert one.roubles(Money(100, "USD"), FRIDAY) == Money(7_645, "RUB")


def test_a_day_is_missing_while_any_currency_is() -> None:
    half = KnownRates(
        {FRIDAY: FRIDAY, SATURDAY: SATURDAY},
        {("USD", FRIDAY): usd(FRIDAY), ("USD", SATURDAY): usd(SATURDAY), ("EUR", SATURDAY): eur(SATURDAY)},
    )
    assert half.missing_days(FRIDAY, SUNDAY) == [FRIDAY, SUNDAY]
    assert half.missing_days(SATURDAY, SATURDAY) == []
    assert half.missing_days(SATURDAY, FRIDAY) == []


def test_a_daily_file_without_a_currency_is_refused() -> None:
    with pytest.raises(InvalidInput) as error:
        daily_file([usd(FRIDAY)], FRIDAY, None)
    assert error.value.code == "RATES_INCOMPLETE"


@pytest.mark.parametrize(("days", "right"), [(-1, False), (0, True), (14, True), (15, False)])
def test_a_daily_file_can_not_be_the_answer_for_any_day(days: int, right: bool) -> None:
    rates, asked_for = [usd(FRIDAY), eur(FRIDAY)], FRIDAY + timedelta(days=days)
    if right:
        told = daily_file(rates, FRIDAY, asked_for).published_on
        assert told == dict.fromkeys(days_between(FRIDAY, asked_for), FRIDAY)
        return
    with pytest.raises(InvalidInput) as error:
        daily_file(rates, FRIDAY, asked_for)
    assert error.value.code == "RATES_OF_ANOTHER_DAY"


def test_between_two_rates_of_a_history_there_was_none() -> None:
    file = history_file([usd(TUESDAY, "77"), usd(SATURDAY)])
    assert file.published_on == {
        SATURDAY: SATURDAY, SUNDAY: SATURDAY, MONDAY: SATURDAY, TUESDAY: TUESDAY
    }  # fmt: skip
    assert [rate.published_on for rate in file.rates] == [SATURDAY, TUESDAY]
    assert history_file([]) == RateFile((), {})


def test_a_gap_longer_than_any_holidays_stays_unknown() -> None:
    day = FRIDAY + LONGEST_FORCE
    assert len(history_file([usd(FRIDAY), usd(day)]).published_on) == 15
    assert history_file([usd(FRIDAY), usd(day + DAY)]).published_on == {FRIDAY: FRIDAY, day + DAY: day + DAY}


def test_only_what_is_new_is_taken() -> None:
    first = daily_file([usd(SATURDAY), eur(SATURDAY)], SATURDAY, SUNDAY)
    found = compare(KnownRates(), first, SUNDAY)
    assert (set(found.rates), found.differences) == ({usd(SATURDAY), eur(SATURDAY)}, ())
    assert found.published_on == {SATURDAY: SATURDAY, SUNDAY: SATURDAY}
    again = compare(known(first), daily_file(first.rates, SATURDAY, MONDAY), MONDAY)
    assert (again.rates, again.published_on, again.differences) == ((), {MONDAY: SATURDAY}, ())


def test_the_same_rate_for_another_number_of_units_is_no_difference() -> None:
    before = known(daily_file([usd(FRIDAY), eur(FRIDAY)], FRIDAY, None))
    assert compare(before, history_file([usd(FRIDAY, "7645.13", 100)]), FRIDAY).differences == ()


def test_what_contradicts_is_told() -> None:
    before = known(daily_file([usd(SATURDAY), eur(SATURDAY)], SATURDAY, SUNDAY))
    other = daily_file([usd(SATURDAY, "76.4514"), eur(SATURDAY)], SATURDAY, None)
    assert compare(before, other, SUNDAY).differences == (Difference(SATURDAY, "USD"),)
    sundays = daily_file([usd(SUNDAY), eur(SUNDAY)], SUNDAY, None)
    assert compare(before, sundays, SUNDAY).differences == (Difference(SUNDAY),)


@pytest.mark.parametrize(
    ("published_on", "asked_for", "refused"),
    [
        (MONDAY, None, False),
        (TUESDAY, None, False),
        (TUESDAY + DAY, None, True),
        (SATURDAY, MONDAY, False),
        (SATURDAY, TUESDAY, True),
    ],
)
def test_nobody_knows_the_rates_of_days_to_come(
    published_on: date, asked_for: date | None, refused: bool
) -> None:
    file = daily_file([usd(published_on), eur(published_on)], published_on, asked_for)
    if not refused:
        assert compare(KnownRates(), file, MONDAY).differences == ()
        return
    with pytest.raises(InvalidInput) as error:
        compare(KnownRates(), file, MONDAY)
    assert error.value.code == "RATES_IN_FUTURE"


DAYS = st.sets(st.integers(0, 60), min_size=1, max_size=20)


@given(numbers=DAYS, values=st.lists(st.integers(1, 10**9), min_size=20, max_size=20))
def test_a_history_tells_of_each_day_the_last_rate_before_it(numbers: set[int], values: list[int]) -> None:
    rates = [
        ExchangeRate("USD", FRIDAY + timedelta(days=number), 1, Decimal(value).scaleb(-4))
        for number, value in zip(sorted(numbers), values, strict=False)
    ]
    told = known(history_file(rates))
    for number in range(62):
        day = FRIDAY + timedelta(days=number)
        found = told.in_force("USD", day)
        earlier = [rate for rate in rates if rate.published_on <= day]
        later = [rate for rate in rates if rate.published_on > day]
        if isinstance(found, MissingRate):
            assert (
                not earlier or not later or later[0].published_on - earlier[-1].published_on > LONGEST_FORCE
            )
        else:
            assert found == earlier[-1]
            assert day - found.published_on <= LONGEST_FORCE


@given(minor=st.integers(-(10**12), 10**12), value=st.integers(1, 10**9), nominal=st.integers(1, 1000))
def test_the_value_in_roubles_is_off_by_half_a_kopeck_at_most(minor: int, value: int, nominal: int) -> None:
    rate = ExchangeRate("EUR", FRIDAY, nominal, Decimal(value).scaleb(-4))
    exact = minor * rate.per_unit
    assert abs(rate.roubles(Money(minor, "EUR")).minor - exact) * 2 <= 1


@given(numbers=DAYS)
def test_a_file_twice_is_a_file_once(numbers: set[int]) -> None:
    file = history_file([usd(FRIDAY + timedelta(days=number)) for number in numbers])
    again = compare(known(file), file, FRIDAY + timedelta(days=60))
    assert (again.rates, again.published_on, again.differences) == ((), {}, ())
