"""Prices: VAT is inside, a yearly price is computed once, when the price version is made (B2)."""

from __future__ import annotations

from collections.abc import Sequence

from app.billing.money import Money
from app.billing.periods import BillingInterval, Period, RenewalPeriod, local_days

YEARLY_DISCOUNT_PERCENT = 15
"""Seed 004: a year costs twelve months less 15 %."""


def yearly_price(monthly: Money) -> Money:
    """The price of a year from the price of a month: 12 months less 15 %, rounded half-up."""
    return (monthly * 12).share(100 - YEARLY_DISCOUNT_PERCENT, 100)


def price_for(interval: BillingInterval, monthly: Money) -> Money:
    """The price of one period of this length where the connector has no special yearly price."""
    return yearly_price(monthly) if interval is BillingInterval.YEAR else monthly


def prorated(price: Money, renewal: RenewalPeriod) -> Money:
    """The price of a renewal: price × days paid for ÷ days of the whole period, rounded down (H7).

    It is the full price where the period is whole; a rounding is never against the customer.
    """
    return Money(price.minor * renewal.paid_days // renewal.nominal_days, price.currency)


def service_month_amounts(total: Money, months: Sequence[Period]) -> list[Money]:
    """What each service month of a paid period brings (design §3), by its days; the parts add up exactly.

    By days, so that a refund of the unused days (H7) never reaches into a month that was given already.
    Raises ValueError when there is no month.
    """
    return total.allocate([local_days(month) for month in months])
