"""Price changes: what a renewal pays after notice of a new price (G5).

The notice of 30 days protects from paying more without having known it, so until it is over a new price
can only lower what a renewal pays: a rise waits, a cut is given at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.errors import NotFound
from app.billing.money import Money
from app.billing.periods import BillingInterval


@dataclass(frozen=True, slots=True)
class PriceChangePolicy:
    """How long before it binds a customer is told of a new price."""

    notice: timedelta = timedelta(days=30)


PRICE_CHANGE_POLICY = PriceChangePolicy()


@dataclass(frozen=True, slots=True)
class Price:
    """A version of a connector's price of one period, VAT inside; instants UTC."""

    version_id: int
    amount: Money
    interval: BillingInterval
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """The customer was told of a new price, which binds renewals from `applies_from` on."""

    notice_id: int
    price: Price
    applies_from: datetime


@dataclass(frozen=True, slots=True)
class RenewalPriceFacts:
    """What decides about the price of the period that starts at `starts_at` (UTC)."""

    starts_at: datetime
    switched: Price | None
    """The price shown to the customer who switched between month and year (F3)."""
    running: Price | None
    """The price of the running period."""
    in_force: Price | None
    """What a new subscriber pays at `starts_at`."""
    notices: tuple[Notice, ...] = ()


def applies_from(
    noticed_at: datetime, valid_from: datetime, policy: PriceChangePolicy = PRICE_CHANGE_POLICY
) -> datetime:
    """From when a price binds the renewals of a customer told at `noticed_at`: after the notice, and
    never before new subscribers pay it.
    """
    return max(noticed_at + policy.notice, valid_from)


def price_in_force(
    prices: Iterable[Price], interval: BillingInterval, currency: str, at: datetime
) -> Price | None:
    """What a new subscriber pays at the instant; None when it is not sold so."""
    begun = (
        price
        for price in prices
        if (price.interval, price.amount.currency) == (interval, currency) and price.valid_from <= at
    )
    return max(begun, key=lambda price: price.valid_from, default=None)


def renewal_price(facts: RenewalPriceFacts) -> Price:
    """The price of the next period (G5).

    The customer agreed to the price shown at a pending switch, else to that of the running period, and
    keeps it until told otherwise; who has neither (a trial that continues) pays the price in force.
    Notices of the same interval and of a later version than the agreed one change it, the one that binds
    later having the last word. One that does not bind yet only lowers the price: no renewal less than
    the policy's 30 days after a notice pays more than it would have without it.

    Raises NotFound (code PRICE_NOT_FOUND) when there is no price at all.
    """
    agreed = facts.switched or facts.running or facts.in_force
    if agreed is None:
        raise NotFound("no price for the next period", code="PRICE_NOT_FOUND")
    price = agreed
    for notice in sorted(facts.notices, key=lambda each: (each.applies_from, each.notice_id)):
        told_since = agreed.valid_from < notice.price.valid_from <= facts.starts_at
        if notice.price.interval is not agreed.interval or not told_since:
            continue
        if notice.applies_from <= facts.starts_at or notice.price.amount < price.amount:
            price = notice.price
    return price
