"""A subscription: one connector in one Make account (F1), its statuses and their order (F2)."""

from __future__ import annotations

from enum import StrEnum

from app.billing.transitions import TransitionTable


class SubscriptionStatus(StrEnum):
    """Where a subscription is in its life."""

    PENDING = "pending"
    TRIAL = "trial"
    ACTIVE = "active"
    PAYMENT_PENDING = "payment_pending"
    SUSPENDED = "suspended"
    CANCELED = "canceled"
    EXPIRED = "expired"


LIVE = frozenset(set(SubscriptionStatus) - {SubscriptionStatus.PENDING, SubscriptionStatus.EXPIRED})
"""Statuses of a subscription that runs. It keeps its Make account taken: the database refuses a second
live subscription of the customer to the connector there. An order does not, and what is over no more."""

PAID = frozenset(
    {
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PAYMENT_PENDING,
        SubscriptionStatus.SUSPENDED,
        SubscriptionStatus.CANCELED,
    }
)
"""Statuses of a subscription inside or right after a paid period."""

RENEWING = PAID - {SubscriptionStatus.CANCELED}
"""Statuses that a paid renewal continues."""

IN_DUNNING = frozenset({SubscriptionStatus.PAYMENT_PENDING, SubscriptionStatus.SUSPENDED})
"""Statuses in which a renewal waits for its money; access stands for the rest of the ten days."""

SUBSCRIPTION_TRANSITIONS = TransitionTable(
    kind="subscription",
    allowed={
        SubscriptionStatus.PENDING: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED}),
        SubscriptionStatus.TRIAL: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED}),
        SubscriptionStatus.ACTIVE: frozenset(
            {SubscriptionStatus.PAYMENT_PENDING, SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED}
        ),
        SubscriptionStatus.PAYMENT_PENDING: frozenset(
            {SubscriptionStatus.ACTIVE, SubscriptionStatus.SUSPENDED, SubscriptionStatus.EXPIRED}
        ),
        SubscriptionStatus.SUSPENDED: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED}),
        SubscriptionStatus.CANCELED: frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.EXPIRED}),
        SubscriptionStatus.EXPIRED: frozenset({SubscriptionStatus.PENDING, SubscriptionStatus.ACTIVE}),
    },
)
