"""The prices of renewals: of running subscriptions and of trials that continue (G3, G5, C4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.price_change import Notice, Price, RenewalPriceFacts, price_in_force, renewal_price
from app.billing.subscription import SubscriptionStatus
from app.models import Subscription
from app.services.unit_of_work import Repositories


@dataclass(frozen=True, slots=True)
class RenewalPrice:
    """The full price of the next period, VAT inside; extra days and discounts are not in it."""

    price_version_id: int
    price: Money
    interval: BillingInterval


def renewal_prices(
    repositories: Repositories, subscriptions: Sequence[Subscription]
) -> dict[int, RenewalPrice]:
    """The price of each subscription's next period, by subscription id, by the rule of
    `price_change.renewal_price`; two statements however many there are.

    The next period starts where the paid one ends, or where a trial ends. Raises InvalidInput (code
    NO_NEXT_PERIOD) for a subscription that has neither, NotFound (code PRICE_NOT_FOUND) for one that
    was never paid and is not sold at that instant.
    """
    versions = repositories.price_campaigns.versions_of({row.connector_id for row in subscriptions})
    notices = repositories.price_campaigns.notices_of([row.id for row in subscriptions])
    return {
        row.id: _renewal_price(row, versions[row.connector_id], notices.get(row.id, []))
        for row in subscriptions
    }


def _renewal_price(row: Subscription, versions: Sequence[Price], notices: Sequence[Notice]) -> RenewalPrice:
    by_id = {price.version_id: price for price in versions}
    starts_at = _next_period_starts_at(row)
    facts = RenewalPriceFacts(
        starts_at=starts_at,
        switched=by_id.get(row.renewal_price_version_id or 0),
        running=by_id.get(row.price_version_id or 0),
        in_force=price_in_force(versions, row.interval, row.currency, starts_at),
        notices=tuple(notices),
    )
    price = renewal_price(facts)
    return RenewalPrice(price.version_id, price.amount, price.interval)


def _next_period_starts_at(row: Subscription) -> datetime:
    instant = row.trial_ends_at if row.status is SubscriptionStatus.TRIAL else row.period_end
    if instant is None:
        raise InvalidInput(f"subscription {row.id} has no next period", code="NO_NEXT_PERIOD")
    return instant
