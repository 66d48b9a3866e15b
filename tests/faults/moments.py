"""Time in tests of faults: business time moves by the clock, real time by what is compared with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from app.bootstrap import Container
from app.models import OutboxMessage, PaymentAttempt, Refund, SchedulerTick, Subscription
from app.services.clock import move_clock
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, rows

MINUTES = timedelta(minutes=10)
"""Longer than every wait in real time: of the janitor, of a lease, of a message to be handed over again."""


def move_to(container: Container, instant: datetime) -> None:
    """Move the business clock ahead: the test's own, or the one that processes read as well."""
    if isinstance(container.clock, ManualClock):
        container.clock.move_to(instant)
        return
    now = container.clock.now()
    move_clock(container.transactions, actor=FACTORY, ahead=instant - now, now=now)


def announced(container: Container, subscription_id: int) -> datetime:
    """Send the notice of the next renewal on its day; the instant at which the renewal is due."""
    (row,) = rows(container, Subscription, id=subscription_id)
    assert row.notice_due_at is not None, "it renews"
    move_to(container, row.notice_due_at)
    sweep(container.billing_run())
    (row,) = rows(container, Subscription, id=subscription_id)
    assert row.renewal_due_at is not None, "it was announced"
    return row.renewal_due_at


def until_renewal(container: Container, subscription_id: int = 1) -> None:
    """Go to the moment at which the next renewal is due; its notice was sent in time."""
    move_to(container, announced(container, subscription_id))


def minutes_pass(container: Container) -> None:
    """Real time can't be moved, so what it is compared with is."""
    compared = (
        PaymentAttempt.started_at,
        Refund.sending_since,
        Refund.next_look_at,
        OutboxMessage.available_at,
        OutboxMessage.leased_until,
        SchedulerTick.ran_at,
    )
    for column in compared:  # one at a time: the processes lock the same rows
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(update(column.class_).values({column: column - MINUTES}))
