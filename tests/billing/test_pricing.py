"""Prices: a year costs twelve months less 15 %."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.pricing import price_for, yearly_price


@pytest.mark.parametrize(("monthly", "yearly"), [(99_000, 1_009_800), (1, 10), (3, 31), (5, 51), (7, 71)])
def test_the_price_of_a_year(monthly: int, yearly: int) -> None:
    assert yearly_price(Money(monthly, "RUB")) == Money(yearly, "RUB")


@settings(max_examples=30)
@given(st.integers(1, 10**12))
def test_a_year_is_102_tenths_of_a_month_rounded_half_up(monthly: int) -> None:
    assert yearly_price(Money(monthly, "USD")) == Money((monthly * 102 + 5) // 10, "USD")


def test_the_price_of_each_interval() -> None:
    monthly = Money(99_000, "RUB")
    assert price_for(BillingInterval.MONTH, monthly) == monthly
    assert price_for(BillingInterval.YEAR, monthly) == Money(1_009_800, "RUB")
