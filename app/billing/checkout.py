"""Which subscription a line of the cart is for: one row for life per connector and Make account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    wanted: WantedSubscription,
    held: Sequence[SubscriptionFacts],
    ordered: Collection[int] = (),
    taken: Collection[int] = (),
) -> int | None:
    """The id of the subscription that the line continues, or None when a new one is needed.

    A trial or an ended subscription keeps its row and its Make account (design §3). `ordered` are rows
    that stand on an unpaid invoice: they are not sold twice. `taken` are rows that earlier lines of the
    same cart have claimed. Raises AlreadySubscribed when the named account has a live paid subscription
    to the connector, OrderPending when it has an unpaid order.
    """
    same = [each for each in held if each.connector == wanted.connector and each.subscription_id not in taken]
    if wanted.make_account is not None:
        _require_free(wanted, same, ordered)
        same = [each for each in same if each.make_account in (wanted.make_account, None)]
    for status in (SubscriptionStatus.TRIAL, SubscriptionStatus.EXPIRED):
        reusable = [each for each in same if each.status is status and each.subscription_id not in ordered]
        if reusable:
            best = max(
                reusable, key=lambda each: (each.make_account == wanted.make_account, each.subscription_id)
            )
            return best.subscription_id
    return None


def _require_free(
    wanted: WantedSubscription, same: Sequence[SubscriptionFacts], ordered: Collection[int]
) -> None:
    for each in same:
        if each.make_account != wanted.make_account:
            continue
        if each.status in PAID:
            raise AlreadySubscribed(f"{wanted.connector} in this Make account")
        if each.status is SubscriptionStatus.PENDING or each.subscription_id in ordered:
            raise OrderPending(f"{wanted.connector} in this Make account")
