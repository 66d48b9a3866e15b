"""Writes down that a subscription's time is over. Access has ended by itself before (D6)."""

from __future__ import annotations

from datetime import datetime

from app.billing.entitlement import access_until, grants_access
from app.billing.mail import MailKind
from app.billing.subscription import IN_DUNNING, LIVE, SubscriptionStatus
from app.models import Subscription
from app.services.invoice_voiding import release_lines
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import UnitOfWork


def close_if_over(work: UnitOfWork, row: Subscription, now: datetime) -> None:
    """Move a locked subscription that grants no access any more to `expired`, and tell the customer.

    An order lapses with its invoice, and what is over stays so. After dunning the open invoice becomes
    void (design §4): the customer must be locked then.

    The sweep does it for all; whoever is about to sell or bind again does it first, so that a row
    which only waits for the sweep stands in nobody's way.
    """
    if row.status not in LIVE or grants_access(row.facts(), now):
        return
    ended_at = access_until(row.facts())
    was_trial, was_dunned = row.status is SubscriptionStatus.TRIAL, row.status in IN_DUNNING
    expire(work, row, "its time is over", now)
    if was_dunned:
        release_lines(work, {row.id}, "access has ended unpaid", now)
    if was_trial:
        work.promise_mail(MailKind.TRIAL_ENDED, row.customer_id, dedupe_key=str(row.customer_id))
    else:
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
