"""A price change as a campaign: whom it means, and what it will bring, known before it starts (G5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.periods import BillingInterval, next_renewal_period
from app.billing.price_change import PRICE_CHANGE_POLICY, PriceChangePolicy, applies_from
from app.billing.transitions import TransitionTable


class CampaignStatus(StrEnum):
    """How far a price change has come."""

    DRAFT = "draft"
    LAUNCHED = "launched"
    CANCELED = "canceled"


CAMPAIGN_TRANSITIONS = TransitionTable(
    kind="price_campaign",
    allowed={
        CampaignStatus.DRAFT: frozenset({CampaignStatus.LAUNCHED, CampaignStatus.CANCELED}),
        CampaignStatus.LAUNCHED: frozenset(),
        CampaignStatus.CANCELED: frozenset(),
    },
)
"""What customers were told is not taken back: only another campaign follows."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who of the connector's subscribers is meant: all of them, unless narrowed."""

    subscribed_before: datetime | None = None
    """Only subscriptions first paid before this instant."""
    customer_ids: tuple[int, ...] | None = None
    """Only these customers."""

    def __post_init__(self) -> None:
        """Refuse an instant without a zone and customers that can't be; InvalidInput AUDIENCE_INVALID."""
        if self.subscribed_before is not None and self.subscribed_before.utcoffset() is None:
            raise InvalidInput("an instant has a zone", code="AUDIENCE_INVALID")
        ids = self.customer_ids
        if ids is not None and (not ids or any(type(each) is not int or each < 1 for each in ids)):
            raise InvalidInput("customers are given by their ids", code="AUDIENCE_INVALID")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Audience:
        """Read what `as_json` wrote; InvalidInput (code AUDIENCE_INVALID) for anything else."""
        if not data.keys() <= {"subscribed_before", "customer_ids"}:
            raise InvalidInput("an unknown restriction", code="AUDIENCE_INVALID")
        before, ids = data.get("subscribed_before"), data.get("customer_ids")
        try:
            instant = None if before is None else datetime.fromisoformat(before)
            return cls(instant, None if ids is None else tuple(ids))
        except (TypeError, ValueError) as error:
            raise InvalidInput("an audience that can't be read", code="AUDIENCE_INVALID") from error

    def as_json(self) -> dict[str, Any]:
        """The restrictions that are set, as JSON takes them."""
        written: dict[str, Any] = {}
        if self.subscribed_before is not None:
            written["subscribed_before"] = self.subscribed_before.isoformat()
        if self.customer_ids is not None:
            written["customer_ids"] = list(self.customer_ids)
        return written


@dataclass(frozen=True, slots=True)
class PlannedPrice:
    """The new price of one period, and from when new subscribers pay it (UTC)."""

    amount: Money
    interval: BillingInterval
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscription that a campaign means; instants UTC."""

    subscription_id: int
    customer_id: int
    price: Money
    """What its renewals pay once every notice given so far binds."""
    renews_at: datetime
    """Where its next period starts that is not invoiced yet."""
    nominal_end: datetime | None
    """As for `periods.next_renewal_period`."""
    anchor_day: int


def pays_from(
    subscriber: Subscriber,
    planned: PlannedPrice,
    now: datetime,
    policy: PriceChangePolicy = PRICE_CHANGE_POLICY,
) -> datetime | None:
    """The renewal from which a subscriber told now pays the planned price; None: it pays that already.

    A rise waits for the end of the notice, a cut comes with the next renewal (`price_change.renewal_price`).
    """
    if subscriber.price == planned.amount:
        return None
    rise = subscriber.price < planned.amount
    earliest = applies_from(now, planned.valid_from, policy) if rise else planned.valid_from
    renewal, nominal_end = subscriber.renews_at, subscriber.nominal_end
    while renewal < earliest:
        following = next_renewal_period(renewal, nominal_end, planned.interval, subscriber.anchor_day)
        renewal, nominal_end = following.period.end, None
    return renewal


@dataclass(frozen=True, slots=True)
class CampaignTotals:
    """What a campaign will bring, as a person sees it before the launch."""

    subscriptions: int
    customers: int
    changed: int
    """Subscriptions that will pay another price: they are told."""
    kept_once_more: int
    """Those of them that renew at the old price before the new one applies."""
    monthly_before: Money
    monthly_after: Money
    """The recurring money of a month, all subscriptions together."""
    first_change_at: datetime | None
    last_change_at: datetime | None
    """The first and the last renewal at which a subscriber begins to pay the new price."""
    digest: str
    """Of who is meant and what each pays now: the same digest is the same audience."""

    @property
    def monthly_difference(self) -> Money:
        """What the month brings more, or less."""
        return self.monthly_after - self.monthly_before


def campaign_totals(
    subscribers: Iterable[Subscriber],
    planned: PlannedPrice,
    now: datetime,
    policy: PriceChangePolicy = PRICE_CHANGE_POLICY,
) -> CampaignTotals:
    """Add up a campaign launched now. Takes the subscribers one by one, in the order of their ids, so
    that a million of them need no more memory than the ids of their customers.
    """
    customers: set[int] = set()
    count = changed = kept = before = 0
    first = last = None
    digest = hashlib.sha256()
    for each in subscribers:
        customers.add(each.customer_id)
        count += 1
        before += each.price.minor
        digest.update(f"{each.subscription_id}:{each.customer_id}:{each.price.minor};".encode())
        start = pays_from(each, planned, now, policy)
        if start is not None:
            changed += 1
            kept += start > each.renews_at
            first = start if first is None else min(first, start)
            last = start if last is None else max(last, start)
    months, currency = planned.interval.months, planned.amount.currency
    return CampaignTotals(
        subscriptions=count,
        customers=len(customers),
        changed=changed,
        kept_once_more=kept,
        monthly_before=Money(before, currency).share(1, months),
        monthly_after=(planned.amount * count).share(1, months),
        first_change_at=first,
        last_change_at=last,
        digest=digest.hexdigest(),
    )
