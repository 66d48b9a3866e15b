"""Operations that were allowed, counted by month, and their prices (I1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select, union
from sqlalchemy.dialects.postgresql import insert

from app.billing.metering import month_of, next_month
from app.billing.subscription import LIVE, RENEWING
from app.models import MeteredOperation, OperationPrice, Subscription, UsageMonth
from app.repositories.base import Repository, one_of
from app.repositories.customers import is_billed


class MeteringRepository(Repository[UsageMonth]):
    """Months of metered subscriptions and the operations in them."""

    model = UsageMonth

    def prices(self, connector_ids: Collection[int], at: datetime) -> dict[tuple[int, str], OperationPrice]:
        """The price of operations in force at the instant, by connector and currency."""
        rows = self.session.scalars(
            select(OperationPrice)
            .where(OperationPrice.connector_id.in_(connector_ids), OperationPrice.valid_from <= at)
            .distinct(OperationPrice.connector_id, OperationPrice.currency)
            .order_by(OperationPrice.connector_id, OperationPrice.currency, OperationPrice.valid_from.desc())
        )
        return {(row.connector_id, row.currency): row for row in rows}

    def versions(self, connector_id: int, currency: str) -> Sequence[OperationPrice]:
        """Every price of the connector's operations, past and future, as they come into force."""
        return self.session.scalars(
            select(OperationPrice)
            .where(OperationPrice.connector_id == connector_id, OperationPrice.currency == currency)
            .order_by(OperationPrice.valid_from)
        ).all()

    def subscribers(self, connector_id: int, currency: str) -> dict[int, list[int]]:
        """The running subscriptions that pay for the connector's operations, by customer."""
        rows = self.session.execute(
            select(Subscription.customer_id, Subscription.id)
            .where(
                Subscription.connector_id == connector_id,
                Subscription.currency == currency,
                Subscription.metered,
                Subscription.status.in_(LIVE),
            )
            .order_by(Subscription.customer_id, Subscription.id)
        )
        held: dict[int, list[int]] = defaultdict(list)
        for customer_id, subscription_id in rows.tuples():
            held[customer_id].append(subscription_id)
        return held

    def last_counted(self, subscription_id: int, operation_id: str) -> datetime | None:
        """When the operation with this id was last counted. Those who ask for one id come one after
        another, each from here to its commit: of two repetitions at once, in whatever month, one sees the
        other.
        """
        same = func.hashtextextended(operation_id, subscription_id)
        self.session.execute(select(func.pg_advisory_xact_lock(same)))
        return self.session.scalar(
            select(func.max(MeteredOperation.at)).where(
                MeteredOperation.subscription_id == subscription_id,
                MeteredOperation.operation_id == operation_id,
            )
        )

    def count(self, subscription_id: int, month: date) -> date:
        """Count one operation in this month, or in the next one that is not closed; answers in which.

        The row of the month stays locked until the commit; a month that is being closed is waited for.
        """
        counting = insert(UsageMonth).values(subscription_id=subscription_id, month=month, operations=1)
        counted = self.session.scalar(
            counting.on_conflict_do_update(
                index_elements=[UsageMonth.subscription_id, UsageMonth.month],
                set_={"operations": UsageMonth.operations + 1},
                where=UsageMonth.closed_at.is_(None),
            ).returning(UsageMonth.month)
        )
        return counted or self.count(subscription_id, next_month(month))

    def used(self, subscription_ids: Collection[int], month: date) -> dict[int, int]:
        """How many operations each of these subscriptions used in the month; none is left out."""
        rows = self.session.execute(
            select(UsageMonth.subscription_id, UsageMonth.operations).where(
                UsageMonth.subscription_id.in_(subscription_ids), UsageMonth.month == month
            )
        )
        return {row.subscription_id: row.operations for row in rows}

    def untold(self, month: date) -> Sequence[tuple[int, int]]:
        """Subscriptions whose sum of this month is to be told, with their customers, by customer."""
        used = select(UsageMonth.subscription_id).where(*_untold(month))
        return self._with_customers(used, Subscription.status.in_(LIVE))

    def locked_untold(self, subscription_ids: Collection[int], month: date) -> Sequence[UsageMonth]:
        """Those months of these subscriptions whose sum is to be told, locked."""
        return self._locked(subscription_ids, *_untold(month))

    def over(self, now: datetime) -> Sequence[tuple[int, int]]:
        """Subscriptions with a month to close, and those whose next month begins, with their customers, by
        customer.
        """
        ended = select(UsageMonth.subscription_id).where(*_over(month_of(now)))
        running_on = select(Subscription.id).where(
            Subscription.metered,
            Subscription.auto_renew,
            Subscription.status.in_(RENEWING),
            Subscription.period_end <= now,
        )
        return self._with_customers(union(ended, running_on))

    def locked_over(self, subscription_ids: Collection[int], now: datetime) -> Sequence[UsageMonth]:
        """The months of these subscriptions that are to be closed, oldest first, locked: who is about to
        count in one of them waits, and then counts in the next.
        """
        return self._locked(subscription_ids, *_over(month_of(now)))

    def _with_customers(
        self, subscription_ids: Select[Any] | CompoundSelect[Any], *conditions: ColumnElement[bool]
    ) -> Sequence[tuple[int, int]]:
        rows = self.session.execute(
            select(Subscription.id, Subscription.customer_id)
            .where(Subscription.id.in_(subscription_ids), is_billed(Subscription.customer_id), *conditions)
            .order_by(Subscription.customer_id, Subscription.id)
        )
        return [(row.id, row.customer_id) for row in rows]

    def _locked(
        self, subscription_ids: Collection[int], *conditions: ColumnElement[bool]
    ) -> Sequence[UsageMonth]:
        return self.session.scalars(
            select(UsageMonth)
            .where(one_of(UsageMonth.subscription_id, subscription_ids), *conditions)
            .order_by(UsageMonth.month, UsageMonth.subscription_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()


def _untold(month: date) -> tuple[ColumnElement[bool], ...]:
    return (
        UsageMonth.month == month,
        UsageMonth.operations > 0,
        UsageMonth.noticed_at.is_(None),
        UsageMonth.closed_at.is_(None),
    )


def _over(month: date) -> tuple[ColumnElement[bool], ...]:
    return UsageMonth.month < month, UsageMonth.closed_at.is_(None)
