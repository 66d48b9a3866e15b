"""Announcing a price of operations: from when it may hold (I1, G5, B2).

A bill takes the price in force at the last instant of its month. So a change begins with a month: nobody
pays the new price for what was used at the old one. The first price replaces none and may begin at any time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.billing.errors import Conflict, InvalidInput
from app.billing.metering import month_of, next_month, period_of
from app.billing.money import Money
from app.billing.periods import SELLER_ZONE
from app.billing.price_change import PRICE_CHANGE_POLICY, PriceChangePolicy


@dataclass(frozen=True, slots=True)
class PlannedOperationPrice:
    """`amount`, VAT inside, is to buy `operations` operations from `valid_from` (UTC) on."""

    amount: Money
    operations: int
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class OperationPriceFacts:
    """What decides whether a price of a connector in a currency may be announced."""

    others: Collection[datetime]
    """From when its other prices hold, past and future (UTC)."""
    in_use: bool
    """Somebody pays for its operations in this currency now."""


def require_announceable(
    planned: PlannedOperationPrice,
    facts: OperationPriceFacts,
    now: datetime,
    policy: PriceChangePolicy = PRICE_CHANGE_POLICY,
    zone: ZoneInfo = SELLER_ZONE,
) -> None:
    """Return when the price may be announced now.

    Raises InvalidInput: PRICE_NOT_POSITIVE, PRICE_IN_THE_PAST; for a price that replaces another
    PRICE_NOT_FROM_A_MONTH and, where somebody pays per operation already, PRICE_WITHOUT_NOTICE for less
    than the policy's notice (G5). Raises Conflict: PRICE_EXISTS from this very instant; PRICE_PLANNED when
    it would come before the first price, which then changed it inside a month.
    """
    _require_sense(planned, facts.others, now)
    if not any(each < planned.valid_from for each in facts.others):
        if not all(begins_a_month(each, zone) for each in facts.others):
            raise Conflict("the first price begins inside a month", code="PRICE_PLANNED")
        return
    if not begins_a_month(planned.valid_from, zone):
        raise InvalidInput("a bill has one price for its month", code="PRICE_NOT_FROM_A_MONTH")
    if facts.in_use and planned.valid_from < now + policy.notice:
        raise InvalidInput("who pays already is told in time", code="PRICE_WITHOUT_NOTICE")


def begins_a_month(instant: datetime, zone: ZoneInfo = SELLER_ZONE) -> bool:
    """Whether it is the first instant of a calendar month of the zone."""
    return period_of(month_of(instant, zone), zone).start == instant


def first_month_after_notice(
    now: datetime, policy: PriceChangePolicy = PRICE_CHANGE_POLICY, zone: ZoneInfo = SELLER_ZONE
) -> datetime:
    """The earliest instant (UTC) from which a change announced now may hold, whoever pays already."""
    told = now + policy.notice
    month = month_of(told, zone)
    return period_of(month if begins_a_month(told, zone) else next_month(month), zone).start


def _require_sense(planned: PlannedOperationPrice, others: Collection[datetime], now: datetime) -> None:
    if planned.amount.minor <= 0 or planned.operations <= 0:
        raise InvalidInput("a price is positive", code="PRICE_NOT_POSITIVE")
    if planned.valid_from < now:
        raise InvalidInput("a price can't hold from the past", code="PRICE_IN_THE_PAST")
    if planned.valid_from in others:
        raise Conflict("a price from this instant exists", code="PRICE_EXISTS")
