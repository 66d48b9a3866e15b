"""Prices: VAT is inside, a yearly price is computed once, when the price version is made (B2)."""

from __future__ import annotations

from app.billing.money import Money
from app.billing.periods import BillingInterval, RenewalPeriod

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


def service_month_amounts(total: Money, months: int) -> list[Money]:
    """What each service month of a paid period brings (design §3): equal parts that add up to the total.

    The first months get the minor units that are left over. Raises ValueError when there is no month.
    """
    return total.allocate([1] * months)
