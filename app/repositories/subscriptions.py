"""Subscriptions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.billing.entitlement import ACCESS_POLICY
from app.billing.errors import NotFound
from app.billing.subscription import LIVE, SubscriptionStatus
from app.models import StatusChange, Subscription
from app.repositories.base import Repository, one_of
from app.repositories.customers import is_billed


class SubscriptionRepository(Repository[Subscription]):
    """Subscriptions."""

    model = Subscription

    def of_customer(self, customer_id: int) -> Sequence[Subscription]:
        """All of a customer's subscriptions with their connectors, newest first."""
        return self.session.scalars(
            select(Subscription)
            .where(Subscription.customer_id == customer_id)
            .options(joinedload(Subscription.connector), joinedload(Subscription.customer))
            .order_by(Subscription.id.desc())
        ).all()

    def one_of_customer(self, customer_id: int, subscription_id: int, *, lock: bool = False) -> Subscription:
        """This subscription if it is the customer's, else NotFound."""
        query = (
            select(Subscription)
            .where(Subscription.id == subscription_id, Subscription.customer_id == customer_id)
            .options(joinedload(Subscription.connector), joinedload(Subscription.customer))
        )
        row = self.session.scalar(query.with_for_update(of=Subscription) if lock else query)
        if row is None:
            raise NotFound("subscription")
        return row

    def history(self, subscription_id: int) -> Sequence[StatusChange]:
        """Every change of the subscription's status, newest first."""
        return self.session.scalars(
            select(StatusChange)
            .where(
                StatusChange.object_kind == "subscription",
                StatusChange.object_id == str(subscription_id),
            )
            .order_by(StatusChange.id.desc())
        ).all()

    def locked(self, subscription_ids: Collection[int]) -> Sequence[Subscription]:
        """These subscriptions, locked in the order of their ids so that no two transactions deadlock.

        Rows that refer to them may still be written: a check counts an operation while they are billed.
        Their connectors come along; their customers are in the session of whoever has locked those before.
        """
        return self.session.scalars(
            select(Subscription)
            .where(one_of(Subscription.id, subscription_ids))
            .options(selectinload(Subscription.connector))
            .order_by(Subscription.id)
            .with_for_update(key_share=True, of=Subscription)
            .execution_options(populate_existing=True)
        ).all()

    def holding(self, subscription_id: int, make_account: str) -> Sequence[Subscription]:
        """Other subscriptions of the same customer to the same connector that stand in the Make account
        and whose status keeps it taken, locked.
        """
        wanted = aliased(Subscription)
        return self.session.scalars(
            select(Subscription)
            .join(
                wanted,
                (wanted.customer_id == Subscription.customer_id)
                & (wanted.connector_id == Subscription.connector_id),
            )
            .where(
                wanted.id == subscription_id,
                Subscription.id != subscription_id,
                Subscription.make_account == make_account,
                Subscription.status.in_(LIVE),
            )
            .options(joinedload(Subscription.connector), joinedload(Subscription.customer))
            .order_by(Subscription.id)
            .with_for_update(of=Subscription)
        ).all()

    def owners(self, subscription_ids: Collection[int]) -> set[int]:
        """The customers of these subscriptions."""
        query = select(Subscription.customer_id).where(one_of(Subscription.id, subscription_ids))
        return set(self.session.scalars(query))

    def payment_methods(self, subscription_ids: Collection[int]) -> dict[int, int | None]:
        """The saved method that each subscription names for its renewals."""
        rows = self.session.execute(
            select(Subscription.id, Subscription.payment_method_id).where(
                one_of(Subscription.id, subscription_ids)
            )
        )
        return {row.id: row.payment_method_id for row in rows}

    def due_for_notice(self, now: datetime) -> Sequence[tuple[int, int]]:
        """Subscriptions whose end is to be announced, with their customers, by customer.

        Where operations are paid for, the month has no price to announce while it renews.
        """
        return self._due(Subscription.notice_due_at <= now, ~(Subscription.metered & Subscription.auto_renew))

    def due_for_renewal(self, now: datetime) -> Sequence[tuple[int, int]]:
        """Subscriptions whose next period is to be invoiced, with their customers, by customer."""
        return self._due(Subscription.renewal_due_at <= now, ~Subscription.metered)

    def _due(self, *conditions: ColumnElement[bool]) -> Sequence[tuple[int, int]]:
        rows = self.session.execute(
            select(Subscription.id, Subscription.customer_id)
            .where(*conditions, is_billed(Subscription.customer_id))
            .order_by(Subscription.customer_id, Subscription.id)
        )
        return [(row.id, row.customer_id) for row in rows]

    def due_for_trial_notice(self, ends_before: datetime, now: datetime) -> Sequence[int]:
        """Ids of running trials that end before the instant, don't continue, and have had no notice."""
        return self.session.scalars(
            select(Subscription.id)
            .where(
                Subscription.status == SubscriptionStatus.TRIAL,
                Subscription.trial_ends_at <= ends_before,
                Subscription.trial_ends_at > now,
                Subscription.trial_notice_at.is_(None),
                ~Subscription.continues_after_trial,
            )
            .order_by(Subscription.customer_id, Subscription.id)
        ).all()

    def ended(self, now: datetime) -> Sequence[int]:
        """Ids of subscriptions whose access is over but whose status does not say so yet: the rule of
        `entitlement.access_until` in SQL. One that renews and was never charged is not over for us,
        however late we are: its renewal is what it waits for (G6).
        """
        status, dunning_since = (
            Subscription.status,
            func.coalesce(Subscription.first_failed_at, Subscription.period_end),
        )
        in_dunning = status.in_((SubscriptionStatus.PAYMENT_PENDING, SubscriptionStatus.SUSPENDED))
        over = Subscription.period_end <= now
        return self.session.scalars(
            select(Subscription.id)
            .where(
                or_(  # each of them has an index to be found by
                    (status == SubscriptionStatus.TRIAL)
                    & (Subscription.trial_ends_at <= now)
                    & Subscription.renewal_due_at.is_(None),
                    (status == SubscriptionStatus.CANCELED) & over,
                    (status == SubscriptionStatus.ACTIVE) & ~Subscription.auto_renew & over,
                    in_dunning & (dunning_since <= now - ACCESS_POLICY.dunning),
                ),
                is_billed(Subscription.customer_id),
            )
            .order_by(Subscription.customer_id, Subscription.id)
        ).all()
