"""The next instant at which the passing of time changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.billing.entitlement import ACCESS_POLICY
from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.periods import local_date, start_of_local_day
from app.billing.subscription import IN_DUNNING, SubscriptionStatus
from app.billing.trial import TRIAL_POLICY
from app.models import ApiKey, Invoice, ServiceMonth, Subscription

DAY = timedelta(days=1)


class UpcomingEvents:
    """Asks the stored dates what comes next; for people who move the clock, not for the sweep."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def next_after(self, now: datetime) -> datetime | None:
        """The earliest instant after `now` at which a notice, a charge, an end or a booking falls due."""
        return min(filter(None, self._instants(now)), default=None)

    def _instants(self, now: datetime) -> Iterator[datetime | None]:
        trial = Subscription.status == SubscriptionStatus.TRIAL
        ending = (Subscription.status == SubscriptionStatus.CANCELED) | (
            (Subscription.status == SubscriptionStatus.ACTIVE) & ~Subscription.auto_renew
        )
        yield self._first(Subscription.notice_due_at, now)
        yield self._first(Subscription.renewal_due_at, now)
        yield self._first(Subscription.trial_ends_at, now, trial)
        yield self._first(Subscription.trial_ends_at, now, trial, after=-TRIAL_POLICY.notice)
        yield self._first(Subscription.period_end, now, ending)
        yield self._first(
            Subscription.first_failed_at,
            now,
            Subscription.status.in_(IN_DUNNING),
            after=ACCESS_POLICY.dunning,
        )
        yield self._first(Invoice.next_attempt_at, now, Invoice.status == InvoiceStatus.OPEN)
        yield self._first(ApiKey.expires_at, now)
        orders = (Invoice.status == InvoiceStatus.OPEN) & (Invoice.purpose == InvoicePurpose.ORDER)
        yield self._first_day(Invoice.due_on, now, orders, after=DAY)
        yield self._first_day(ServiceMonth.last_day, now, ServiceMonth.recognised_at.is_(None))
        yield start_of_local_day((local_date(now).replace(day=1) + 32 * DAY).replace(day=1))

    def _first(
        self,
        column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
        now: datetime,
        *conditions: ColumnElement[bool],
        after: timedelta = timedelta(),
    ) -> datetime | None:
        first = self._session.scalar(select(func.min(column)).where(column > now - after, *conditions))
        return None if first is None else first + after

    def _first_day(
        self,
        column: InstrumentedAttribute[date],
        now: datetime,
        condition: ColumnElement[bool],
        after: timedelta = timedelta(),
    ) -> datetime | None:
        today = local_date(now)
        first = self._session.scalar(select(func.min(column)).where(column > today - after, condition))
        return None if first is None else start_of_local_day(first + after)
