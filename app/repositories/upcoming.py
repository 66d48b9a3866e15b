"""The next instant at which the passing of time changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.billing.entitlement import ACCESS_POLICY
from app.billing.invoice import InvoicePurpose, InvoiceStatus
from app.billing.periods import local_date, start_of_local_day
from app.billing.subscription import IN_DUNNING, SubscriptionStatus
from app.billing.trial import TRIAL_POLICY
from app.models import ApiKey, Invoice, ServiceMonth, Subscription

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Search:
    """A query for the first value of a column that is still to come, and how much later it matters."""

    query: ScalarSelect[Any]
    after: timedelta

    def instant(self, found: datetime | date | None) -> datetime | None:
        """When it matters; a day matters from its first instant on."""
        if found is None:
            return None
        if isinstance(found, datetime):
            return found + self.after
        return start_of_local_day(found + self.after)


class UpcomingEvents:
    """Asks the stored dates what comes next; for people who move the clock, not for the sweep."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def next_after(self, now: datetime) -> datetime | None:
        """The earliest instant after `now` at which a notice, a charge, an end or a booking falls due."""
        searches = list(_searches(now))
        found = self._session.execute(select(*(search.query for search in searches))).one()
        instants = [search.instant(value) for search, value in zip(searches, found, strict=True)]
        month_begins = start_of_local_day((local_date(now).replace(day=1) + 32 * DAY).replace(day=1))
        return min(filter(None, [*instants, month_begins]))


def _searches(now: datetime) -> Iterator[_Search]:
    trial = Subscription.status == SubscriptionStatus.TRIAL
    ending = (Subscription.status == SubscriptionStatus.CANCELED) | (
        (Subscription.status == SubscriptionStatus.ACTIVE) & ~Subscription.auto_renew
    )
    dunned = Subscription.status.in_(IN_DUNNING)
    unpaid = Invoice.status == InvoiceStatus.OPEN
    yield _first(Subscription.notice_due_at, now)
    yield _first(Subscription.renewal_due_at, now)
    yield _first(Subscription.trial_ends_at, now, trial)
    yield _first(Subscription.trial_ends_at, now, trial, after=-TRIAL_POLICY.notice)
    yield _first(Subscription.period_end, now, ending)
    yield _first(Subscription.first_failed_at, now, dunned, after=ACCESS_POLICY.dunning)
    yield _first(Invoice.next_attempt_at, now, unpaid)
    yield _first(ApiKey.expires_at, now)
    yield _first(Invoice.due_on, local_date(now), unpaid, Invoice.purpose == InvoicePurpose.ORDER, after=DAY)
    yield _first(ServiceMonth.last_day, local_date(now), ServiceMonth.recognised_at.is_(None))


def _first(
    column: InstrumentedAttribute[Any],
    now: datetime | date,
    *conditions: ColumnElement[bool],
    after: timedelta = timedelta(),
) -> _Search:
    query = select(func.min(column)).where(column > now - after, *conditions)
    return _Search(query.scalar_subquery(), after)
