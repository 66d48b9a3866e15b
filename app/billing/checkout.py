"""Which subscription a line of the cart is for: one row for life per connector and Make account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.billing.entitlement import SubscriptionFacts
from app.billing.errors import Conflict
from app.billing.subscription import PAID, SubscriptionStatus


class AlreadySubscribed(Conflict):
    """A live paid subscription to the connector in this Make account exists already."""

    code = "ALREADY_SUBSCRIBED"


class OrderPending(Conflict):
    """An unpaid order for the connector in this Make account exists; it is to be paid instead."""

    code = "ORDER_PENDING"


@dataclass(frozen=True, slots=True)
class WantedSubscription:
    """A line of the cart: a connector, for a named Make account or for the first one that uses it."""

    connector: str
    make_account: str | None


def subscription_for(
    wanted: WantedSubscription, held: Sequence[SubscriptionFacts], taken: Iterable[int] = ()
) -> int | None:
    """The id of the subscription that the line continues, or None when a new one is needed.

    A trial or an ended subscription keeps its row and its Make account (design §3). `taken` are rows
    that earlier lines of the same cart have claimed. Raises AlreadySubscribed when the named account
    has a live paid subscription to the connector, OrderPending when it has an unpaid order.
    """
    claimed = set(taken)
    same = [
        each for each in held if each.connector == wanted.connector and each.subscription_id not in claimed
    ]
    if wanted.make_account is not None:
        if any(each.status in PAID and each.make_account == wanted.make_account for each in same):
            raise AlreadySubscribed(f"{wanted.connector} in this Make account")
        if any(_is_pending(each) and each.make_account == wanted.make_account for each in same):
            raise OrderPending(f"{wanted.connector} in this Make account")
        same = [each for each in same if each.make_account in (wanted.make_account, None)]
    for status in (SubscriptionStatus.TRIAL, SubscriptionStatus.EXPIRED):
        reusable = [each for each in same if each.status is status]
        if reusable:
            best = max(
                reusable, key=lambda each: (each.make_account == wanted.make_account, each.subscription_id)
            )
            return best.subscription_id
    return None


def _is_pending(facts: SubscriptionFacts) -> bool:
    return facts.status is SubscriptionStatus.PENDING
