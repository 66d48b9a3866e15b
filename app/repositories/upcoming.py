"""The next instant at which the passing of time changes anything."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    SQLColumnExpression,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.billing.api_key import LIVE_KEYS, TRIAL_KEY_AFTERLIFE, ApiKeyKind
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
        bounds = {search.name: search.bound(now) for search in SEARCHES}
        found = self._session.execute(FIRST_OF_EACH, bounds).one()
        instants = [search.instant(value) for search, value in zip(SEARCHES, found, strict=True)]
        month_begins = start_of_local_day((local_date(now).replace(day=1) + 32 * DAY).replace(day=1))
        return min(filter(None, [*instants, month_begins]))


class _Search:
    """For the first value of a column that is still to come; it matters `after` that value."""

    def __init__(
        self,
        name: str,
        column: SQLColumnExpression[Any],
        *conditions: ColumnElement[bool],
        after: timedelta = timedelta(),
        of_days: bool = False,
    ) -> None:
        self.name, self._after, self._of_days = name, after, of_days
        first = select(func.min(column)).where(column > bindparam(name), *conditions)
        self.query: ScalarSelect[Any] = first.scalar_subquery()

    def bound(self, now: datetime) -> datetime | date:
        """The value that is over now."""
        return (local_date(now) if self._of_days else now) - self._after

    def instant(self, found: datetime | date | None) -> datetime | None:
        """When a value matters; a day matters from its first instant on."""
        if found is None:
            return None
        if isinstance(found, datetime):
            return found + self._after
        return start_of_local_day(found + self._after)


ON_TRIAL = Subscription.status == SubscriptionStatus.TRIAL
ENDING = (Subscription.status == SubscriptionStatus.CANCELED) | (
    (Subscription.status == SubscriptionStatus.ACTIVE) & ~Subscription.auto_renew
)
UNPAID = Invoice.status == InvoiceStatus.OPEN
ORDERED = Invoice.purpose == InvoicePurpose.ORDER
NOT_CONTINUING = ON_TRIAL & ~Subscription.continues_after_trial
_permanent, _successor, _held = aliased(ApiKey), aliased(ApiKey), ApiKey.status.in_(LIVE_KEYS)
_shown_at = (
    select(func.min(_permanent.claimed_at))
    .where(_permanent.customer_id == ApiKey.customer_id, _permanent.kind == ApiKeyKind.PRODUCTION)
    .scalar_subquery()
)
_outlives = (ApiKey.kind == ApiKeyKind.TRIAL) & _shown_at.is_not(None)
"""A temporary key outlives its end for a while where a permanent one has been shown (C4)."""
_replaced_at = select(_successor.claimed_at).where(_successor.id == ApiKey.replaced_by_id).scalar_subquery()

SEARCHES = (
    _Search("notice", Subscription.notice_due_at),
    _Search("renewal", Subscription.renewal_due_at),
    _Search("trial_end", Subscription.trial_ends_at, ON_TRIAL),
    _Search("trial_notice", Subscription.trial_ends_at, NOT_CONTINUING, after=-TRIAL_POLICY.notice),
    _Search("period_end", Subscription.period_end, ENDING),
    _Search(
        "dunning_end",
        Subscription.first_failed_at,
        Subscription.status.in_(IN_DUNNING),
        after=ACCESS_POLICY.dunning,
    ),
    _Search("attempt", Invoice.next_attempt_at, UNPAID),
    _Search("lapse", Invoice.due_on, UNPAID, ORDERED, after=DAY, of_days=True),
    _Search("key_end", ApiKey.expires_at, _held, ~_outlives),
    _Search("key_afterlife", _shown_at, _held, _outlives, after=TRIAL_KEY_AFTERLIFE),
    _Search("key_overlap", _replaced_at + ApiKey.rotation_overlap, _held),
    _Search("service_month", ServiceMonth.last_day, ServiceMonth.recognised_at.is_(None), of_days=True),
)
FIRST_OF_EACH = select(*(search.query for search in SEARCHES))
