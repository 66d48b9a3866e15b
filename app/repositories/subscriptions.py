"""Subscriptions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.billing.entitlement import ACCESS_POLICY
from app.billing.errors import NotFound
from app.billing.subscription import SubscriptionStatus
from app.models import Subscription
from app.repositories.base import Repository


class SubscriptionRepository(Repository[Subscription]):
    """Subscriptions."""

    model = Subscription

    def of_customer(self, customer_id: int) -> Sequence[Subscription]:
        """All of a customer's subscriptions with their connectors, newest first."""
        return self.session.scalars(
            select(Subscription)
            .where(Subscription.customer_id == customer_id)
            .options(joinedload(Subscription.connector))
            .order_by(Subscription.id.desc())
        ).all()

    def one_of_customer(self, customer_id: int, subscription_id: int, *, lock: bool = False) -> Subscription:
        """This subscription if it is the customer's, else NotFound."""
        query = (
            select(Subscription)
            .where(Subscription.id == subscription_id, Subscription.customer_id == customer_id)
            .options(joinedload(Subscription.connector))
        )
        row = self.session.scalar(query.with_for_update(of=Subscription) if lock else query)
        if row is None:
            raise NotFound("subscription")
        return row

    def locked(self, subscription_ids: Collection[int]) -> Sequence[Subscription]:
        """These subscriptions, locked in the order of their ids so that no two transactions deadlock."""
        return self.session.scalars(
            select(Subscription)
            .where(Subscription.id.in_(subscription_ids))
            .options(joinedload(Subscription.connector))
            .order_by(Subscription.id)
            .with_for_update(of=Subscription)
            .execution_options(populate_existing=True)
        ).all()

    def due_for_trial_notice(self, ends_before: datetime, now: datetime) -> Sequence[int]:
        """Ids of running trials that end before the instant and have had no notice."""
        return self.session.scalars(
            select(Subscription.id)
            .where(
                Subscription.status == SubscriptionStatus.TRIAL,
                Subscription.trial_ends_at <= ends_before,
                Subscription.trial_ends_at > now,
                Subscription.trial_notice_at.is_(None),
            )
            .order_by(Subscription.customer_id, Subscription.id)
        ).all()

    def ended(self, now: datetime) -> Sequence[int]:
        """Ids of subscriptions whose access is over but whose status does not say so yet."""
        dunning_over = now - ACCESS_POLICY.dunning
        return self.session.scalars(
            select(Subscription.id)
            .where(
                or_(
                    (Subscription.status == SubscriptionStatus.TRIAL) & (Subscription.trial_ends_at <= now),
                    (Subscription.status == SubscriptionStatus.CANCELED) & (Subscription.period_end <= now),
                    (Subscription.status == SubscriptionStatus.ACTIVE)
                    & ~Subscription.auto_renew
                    & (Subscription.period_end <= now),
                    Subscription.status.in_(
                        (SubscriptionStatus.PAYMENT_PENDING, SubscriptionStatus.SUSPENDED)
                    )
                    & (Subscription.first_failed_at <= dunning_over),
                )
            )
            .order_by(Subscription.customer_id, Subscription.id)
        ).all()
