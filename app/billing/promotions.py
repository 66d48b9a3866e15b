"""Promo codes and goodwill: discounts of an order's lines that add up to the kopeck (B5, design §3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.billing.errors import Conflict
from app.billing.money import Money, total
from app.billing.tax import BASIS_POINTS

PROMO_CODE_PATTERN = re.compile(r"[A-Z0-9][A-Z0-9-]{1,30}[A-Z0-9]", re.ASCII)
"""What a normalised code looks like (full match): 3-32 Latin letters, digits and hyphens inside."""


class PromoKind(StrEnum):
    """How a code's discount is told."""

    PERCENT = "percent"
    AMOUNT = "amount"


class PromoDuration(StrEnum):
    """Which invoices of what was ordered with the code get its discount."""

    FIRST = "first"
    EVERY = "every"


class PromoRefused(Conflict):
    """The code gives nothing for this order; the error's code says why."""

    code = "PROMO_REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoCodeFacts:
    """What is stored about a promo code, and about the customer who wants to use it."""

    code: str
    kind: PromoKind
    percent: int | None = None
    """Basis points, 1-10000: 15 % is 1500. Only a percent code has it."""
    amount: Money | None = None
    """More than nothing. Only an amount code has it."""
    duration: PromoDuration = PromoDuration.FIRST
    valid_from: datetime
    valid_until: datetime | None = None
    """Exclusive; None is without end."""
    max_redemptions: int | None = None
    redemptions: int = 0
    max_per_customer: int | None = None
    redemptions_of_customer: int = 0
    only_connector_ids: frozenset[int] = frozenset()
    """The connectors that get a discount; empty means all."""
    only_customer_id: int | None = None
    first_order_only: bool = False
    customer_id: int
    customer_has_paid: bool

    def __post_init__(self) -> None:
        """Refuse a discount that is missing, doubled or out of its limits."""
        has_percent = self.percent is not None and 0 < self.percent <= BASIS_POINTS
        has_amount = self.amount is not None and self.amount.minor > 0
        is_percent = self.kind is PromoKind.PERCENT
        fits = has_percent and self.amount is None if is_percent else has_amount and self.percent is None
        if not fits:
            raise ValueError("a promo code gives either a percentage up to 100 % or an amount")

    def lowers_renewals(self) -> bool:
        """Whether a subscription that was promised the code still gets it: always, or while a use is left."""
        return self.duration is PromoDuration.EVERY or not _reached(self.max_redemptions, self.redemptions)

    def covers(self, connector_id: int) -> bool:
        """Whether lines of this connector get the discount."""
        return not self.only_connector_ids or connector_id in self.only_connector_ids


@dataclass(frozen=True, slots=True)
class PricedItem:
    """A line of an order before discounts."""

    connector_id: int
    price: Money

    def __post_init__(self) -> None:
        """Refuse a price below zero."""
        if self.price.minor < 0:
            raise ValueError("a price is never negative")


@dataclass(frozen=True, slots=True)
class Discounts:
    """What an order's lines cost less; the lines add up to the promo and the goodwill together."""

    lines: tuple[Money, ...]
    """The discount of each line, in the order of the lines; never more than the line's price."""
    promo: Money
    goodwill: Money
    """How much of the customer's goodwill is used."""


def normalised_code(text: str) -> str:
    """The form in which codes are stored and compared: upper case, without spaces around."""
    return text.strip().upper()


def require_promo(
    facts: PromoCodeFacts, currency: str, connector_ids: Collection[int], now: datetime
) -> None:
    """Return when the code may be used now for an order of these connectors in this currency.

    Otherwise raises PromoRefused with the first of these codes that is true: PROMO_NOT_FOR_YOU,
    PROMO_NOT_YET, PROMO_EXPIRED, PROMO_ALREADY_USED, PROMO_USED_UP, PROMO_FIRST_ORDER_ONLY,
    PROMO_WRONG_CURRENCY, PROMO_NOT_FOR_THESE. What the customer can't change comes before what another
    cart would.
    """
    reasons = {
        "PROMO_NOT_FOR_YOU": facts.only_customer_id not in (None, facts.customer_id),
        "PROMO_NOT_YET": now < facts.valid_from,
        "PROMO_EXPIRED": facts.valid_until is not None and now >= facts.valid_until,
        "PROMO_ALREADY_USED": _reached(facts.max_per_customer, facts.redemptions_of_customer),
        "PROMO_USED_UP": _reached(facts.max_redemptions, facts.redemptions),
        "PROMO_FIRST_ORDER_ONLY": facts.first_order_only and facts.customer_has_paid,
        "PROMO_WRONG_CURRENCY": facts.amount is not None and facts.amount.currency != currency,
        "PROMO_NOT_FOR_THESE": not any(facts.covers(connector_id) for connector_id in connector_ids),
    }
    for code, holds in reasons.items():
        if holds:
            raise PromoRefused(facts.code, code=code)


def discounts(items: Sequence[PricedItem], promo: PromoCodeFacts | None, goodwill: Money) -> Discounts:
    """The discounts of an order's lines: first the code's, then the customer's goodwill over what is left.

    A percentage is taken of each line that the code covers, rounded half-up; an amount is split over them
    by the largest remainder, and so is the goodwill over all lines; what exceeds the prices is not used.
    `goodwill` is what the customer has, not negative, else ValueError. Raises CurrencyMismatch when the
    currencies differ. Whether the code may be used is `require_promo`'s question.
    """
    if goodwill.minor < 0:
        raise ValueError("goodwill is never negative")
    prices = [item.price for item in items]
    by_promo = _promo_discounts(items, promo) if promo else [price * 0 for price in prices]
    left = [price - discount for price, discount in zip(prices, by_promo, strict=True)]
    by_goodwill = _spread(goodwill, left)
    return Discounts(
        lines=tuple(first + second for first, second in zip(by_promo, by_goodwill, strict=True)),
        promo=total(by_promo, goodwill.currency),
        goodwill=total(by_goodwill, goodwill.currency),
    )


def _promo_discounts(items: Sequence[PricedItem], promo: PromoCodeFacts) -> list[Money]:
    """The code's discount of each line."""
    covered = [item.price if promo.covers(item.connector_id) else item.price * 0 for item in items]
    if promo.amount is not None:
        return _spread(promo.amount, covered)
    return [price.share(promo.percent or 0, BASIS_POINTS) for price in covered]


def _spread(amount: Money, over: Sequence[Money]) -> list[Money]:
    """Split an amount, or what of it fits, over prices in proportion: no part exceeds its price."""
    fitting = min(amount, total(over, amount.currency))
    return fitting.allocate([price.minor for price in over]) if fitting else [price * 0 for price in over]


def _reached(limit: int | None, used: int) -> bool:
    return limit is not None and used >= limit
