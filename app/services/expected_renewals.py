"""What the next renewals will cost, as known today: for notices that come before the invoice (G2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.pricing import prorated
from app.billing.promotions import PricedItem, PromoCodeFacts, discounts
from app.models import CreditKind, Subscription
from app.services.renewal_prices import renewal_prices
from app.services.renewals import next_period
from app.services.unit_of_work import Repositories


@dataclass(frozen=True, slots=True)
class ExpectedRenewal:
    """The next period of a subscription and what it will cost after discounts, VAT inside."""

    subscription: Subscription
    interval: BillingInterval
    price: Money


def expected_renewals(repositories: Repositories, rows: Sequence[Subscription]) -> list[ExpectedRenewal]:
    """What subscriptions of one customer that renew on one day will cost, in their order.

    The price announced or switched to, less for extra days, less what promo codes and the customer's
    goodwill take off: as the invoice will have it if nothing changes until then. The customer's balance
    is not taken off, it changes no price. Raises what `renewal_prices` raises.
    """
    prices = renewal_prices(repositories, rows)
    costs = {row.id: prorated(prices[row.id].price, next_period(row, prices[row.id])) for row in rows}
    promos = repositories.promo_codes.of_renewals([row.promo_code_id for row in rows])
    goodwill = repositories.credits.of_customers({row.customer_id for row in rows})
    # One invoice takes an amount of a code off once, and what is paid by different methods is invoiced apart.
    for group in _grouped(rows, lambda row: (row.currency, row.payment_method_id, row.promo_code_id)):
        first = group[0]
        _take_off(costs, group, promos.get(first.promo_code_id), Money.zero(first.currency))
    for group in _grouped(rows, lambda row: row.currency):
        first = group[0]
        key = (first.customer_id, first.currency, CreditKind.GOODWILL)
        _take_off(costs, group, None, goodwill.get(key, Money.zero(first.currency)))
    return [ExpectedRenewal(row, prices[row.id].interval, costs[row.id]) for row in rows]


def _grouped(
    rows: Sequence[Subscription], key: Callable[[Subscription], object]
) -> Iterable[list[Subscription]]:
    groups: dict[object, list[Subscription]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups.values()


def _take_off(
    costs: dict[int, Money], rows: Sequence[Subscription], promo: PromoCodeFacts | None, goodwill: Money
) -> None:
    items = [PricedItem(row.connector_id, costs[row.id]) for row in rows]
    for row, discount in zip(rows, discounts(items, promo, goodwill).lines, strict=True):
        costs[row.id] -= discount
