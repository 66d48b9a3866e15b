"""Writes down that a subscription's time is over. Access has ended by itself before (D6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.billing.entitlement import access_until, grants_access
from app.billing.mail import MailKind
from app.billing.subscription import IN_DUNNING, LIVE, SubscriptionStatus
from app.models import Subscription
from app.services.invoice_voiding import release_lines
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import UnitOfWork


def close_if_over(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    """Close one locked subscription if it is over; see `close_over`."""
    close_over(work, [row], now)


def close_over(work: UnitOfWork, rows: Sequence[Subscription], now: datetime) -> None:
    """Move locked subscriptions that grant no access any more to `expired`, and tell the customers.

    An order lapses with its invoice, and what is over stays so. After dunning the open invoice becomes
    void (design §4): the customers must be locked then.

    The sweep does it for all; whoever is about to sell or bind again does it first, so that a row
    which only waits for the sweep stands in nobody's way.
    """
    over = [row for row in rows if row.status in LIVE and not grants_access(row.facts(), now)]
    dunned = {row.id for row in over if row.status in IN_DUNNING}
    for row in over:
        _tell(work, row)
        work.move_subscription(row, SubscriptionStatus.EXPIRED, "its time is over", now)
    reschedule(work, over, invoiced=frozenset())
    if over:
        work.session.flush()
    if dunned:
        release_lines(work, dunned, "access has ended unpaid", now)


def _tell(work: UnitOfWork, row: Subscription) -> None:
    if row.status is SubscriptionStatus.TRIAL:
        work.promise_mail(MailKind.TRIAL_ENDED, row.customer_id, dedupe_key=str(row.customer_id))
        return
    ended_at = access_until(row.facts())
    assert ended_at is not None, "a wall of the table: what is paid has an end"
    work.promise_mail(
        MailKind.ACCESS_ENDED,
        row.customer_id,
        dedupe_key=f"{row.id}:{ended_at.isoformat()}",
        subscription_id=row.id,
        ended_at=ended_at.isoformat(),
    )


def expire(work: UnitOfWork, row: Subscription, reason: str, now: datetime) -> None:
    """Move a locked subscription to `expired`: nothing of it is due any more."""
    work.move_subscription(row, SubscriptionStatus.EXPIRED, reason, now)
    reschedule(work, [row], invoiced=frozenset())
    work.session.flush()
