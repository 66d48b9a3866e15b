"""Prices: a year costs twelve months less 15 %."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.money import Money, total
from app.billing.periods import (
    SELLER_ZONE,
    BillingInterval,
    local_days,
    next_renewal_period,
    period_starting,
    service_months,
)
from app.billing.pricing import price_for, prorated, service_month_amounts, yearly_price
from tests.billing.facts import NOW

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR


@pytest.mark.parametrize(("monthly", "yearly"), [(99_000, 1_009_800), (1, 10), (3, 31), (5, 51), (7, 71)])
def test_the_price_of_a_year(monthly: int, yearly: int) -> None:
    assert yearly_price(Money(monthly, "RUB")) == Money(yearly, "RUB")


@settings(max_examples=30)
@given(st.integers(1, 10**12))
def test_a_year_is_102_tenths_of_a_month_rounded_half_up(monthly: int) -> None:
    assert yearly_price(Money(monthly, "USD")) == Money((monthly * 102 + 5) // 10, "USD")


def test_the_price_of_each_interval() -> None:
    monthly = Money(99_000, "RUB")
    assert price_for(MONTH, monthly) == monthly
    assert price_for(YEAR, monthly) == Money(1_009_800, "RUB")


@pytest.mark.parametrize(
    ("interval", "nominal_end", "extra_days", "price", "due"),
    [
        (MONTH, "2026-03-31", 5, 99_000, 82_500),  # 25 of 30 days
        (MONTH, "2026-01-31", 3, 99_000, 88_392),  # 25 of 28 days: 88 392,857… is rounded down
        (MONTH, "2026-03-31", 29, 99_000, 3_300),
        (MONTH, "2026-03-31", 29, 29, 0),
        (MONTH, "2026-03-31", 30, 99_000, 99_000),  # a whole period swallowed, the next one is full
        (MONTH, "2026-03-31", 0, 99_000, 99_000),
        (YEAR, "2026-03-31", 5, 1_009_800, 995_967),  # 360 of 365 days
        (YEAR, "2027-03-31", 5, 1_009_800, 996_004),  # 361 of 366 days
    ],
)
def test_a_stub_costs_its_share_of_the_price(
    interval: BillingInterval, nominal_end: str, extra_days: int, price: int, due: int
) -> None:
    nominal = datetime.combine(datetime.fromisoformat(nominal_end), time(12), SELLER_ZONE)
    renewal = next_renewal_period(nominal + timedelta(days=extra_days), nominal, interval, 31)
    assert prorated(Money(price, "RUB"), renewal) == Money(due, "RUB")


@settings(max_examples=30)
@given(st.integers(0, 10**12), st.integers(0, 800), st.sampled_from(BillingInterval))
def test_a_stub_costs_at_most_the_price_and_less_with_every_day_less(
    price: int, extra_days: int, interval: BillingInterval
) -> None:
    renewal = next_renewal_period(NOW + timedelta(days=extra_days), NOW, interval, NOW.day)
    due = prorated(Money(price, "EUR"), renewal)
    assert Money(0, "EUR") <= due <= Money(price, "EUR")
    assert (due == Money(price, "EUR")) or renewal.paid_days < renewal.nominal_days
    assert 0 <= price * renewal.paid_days - due.minor * renewal.nominal_days < renewal.nominal_days


def test_a_renewal_without_extra_days_costs_the_full_price() -> None:
    price = Money(99_001, "RUB")
    assert prorated(price, next_renewal_period(NOW, None, MONTH, NOW.day)) == price


YEAR_PERIOD = period_starting(NOW, YEAR, NOW.day)


def test_service_months_share_the_price_by_their_days() -> None:
    months = service_months(YEAR_PERIOD, NOW.day)
    amounts = service_month_amounts(Money(365_00, "RUB"), months)
    assert amounts == [Money(100 * local_days(month), "RUB") for month in months]
    assert service_month_amounts(Money(99_000, "RUB"), months[:1]) == [Money(99_000, "RUB")]
    with pytest.raises(ValueError, match="weights"):
        service_month_amounts(Money(99_000, "RUB"), [])


@settings(max_examples=30)
@given(st.integers(0, 10**12), st.integers(1, 12))
def test_service_months_add_up_to_the_price(price: int, count: int) -> None:
    months = service_months(YEAR_PERIOD, NOW.day)[:count]
    amounts = service_month_amounts(Money(price, "USD"), months)
    assert (len(amounts), total(amounts, "USD")) == (count, Money(price, "USD"))
    days = sum(local_days(month) for month in months)
    for month, amount in zip(months, amounts, strict=True):
        assert abs(amount.minor * days - price * local_days(month)) < days
