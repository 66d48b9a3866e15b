"""A clock that jumps, and processes that are late or early: nothing is billed twice or flaps (fault 35).

Summer time, zones, the 29th of February and 2100 (faults 36 and 37) are properties of the pure rules:
tests/billing/test_periods.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.billing.invoice import InvoicePurpose
from app.billing.periods import local_date
from app.bootstrap import Container
from app.jobs.scheduler import TIMETABLE, run_due
from app.models import Document, DocumentKind, Invoice, PaymentAttempt, SchedulerTick, StatusChange
from app.services.subscriptions import Asked, cancel_subscription
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, check, mails, production_key, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import announced
from tests.faults.subscribers import (
    DECLINED_LATER,
    PRICE,
    Subscriber,
    invoices,
    renewal_charges,
    subscriber,
)

pytestmark = pytest.mark.usefixtures("shop")

A_DAY_AHEAD, AN_HOUR_BACK, A_DAY_BACK = timedelta(days=1), timedelta(hours=-1), timedelta(days=-1)
JUMPS = (A_DAY_AHEAD, AN_HOUR_BACK, A_DAY_BACK)


def sweep_at(container: Container, *instants: datetime) -> None:
    """Sweep as processes do whose clocks show these instants, one after another."""
    for instant in instants:
        sweep(container.billing_run(instant))


def statuses(container: Container, who: Subscriber) -> list[str]:
    """Every status that the subscription has had, in their order."""
    kind, identity = "subscription", str(who.subscription_id)
    return [each.new_status for each in rows(container, StatusChange, object_kind=kind, object_id=identity)]


def test_a_jumping_clock_renews_each_period_once(container: Container) -> None:
    """Fault 35: each jump, and back to the right time after it."""
    paying, declined = subscriber(container), subscriber(container, DECLINED_LATER)
    due = announced(container, paying.subscription_id)

    for jump in (*JUMPS, *reversed(JUMPS)):
        sweep_at(container, due, due + jump, due)

    for who in (paying, declined):
        assert len(invoices(container, who)) == 2
    assert renewal_charges(container, paying) == [PRICE]
    assert statuses(container, paying) == ["pending", "active"]
    assert statuses(container, declined) == ["pending", "active", "payment_pending"]
    renewal = invoices(container, declined)[-1]
    assert len(rows(container, PaymentAttempt, invoice_id=renewal.id)) == 2  # the charge, and its first retry
    assert mails(container).count("renewal_notice") == 2
    assert_books_agree(container)


def test_what_has_ended_stays_so_on_a_clock_that_jumps_back(container: Container, clock: ManualClock) -> None:
    """Fault 35: an expiry is written once and never taken back, with its mail and its key."""
    who = subscriber(container)
    key = production_key(container, who.customer_id)
    wish = Asked.by_customer(who.customer_id, who.subscription_id, clock.now())
    cancel_subscription(container.transactions, wish)

    for jump in (*JUMPS, *reversed(JUMPS)):
        sweep_at(container, who.end, who.end + jump, who.end)

    assert statuses(container, who) == ["pending", "active", "canceled", "expired"]
    assert mails(container).count("access_ended") == 1
    for jump in JUMPS:
        clock.move_to(who.end + jump)
        assert not check(container, key, "make-1").allowed
    assert_books_agree(container)


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(hours=1), timedelta(days=400)])
def test_a_scheduler_whose_clock_was_put_back_goes_on_at_once(container: Container, ahead: timedelta) -> None:
    """Fault 35 in real time: a turn that was taken on a wrong clock is not waited for."""
    subscriber(container)
    real_now = container.wall_clock.now()
    with container.transactions.begin(FACTORY) as work:
        for task in TIMETABLE:
            work.session.add(SchedulerTick(task=task.name, ran_at=real_now + ahead))

    run_due(container)

    assert container.redis.llen("rq:queue:short") > 0
    ticks = {tick.task: tick.ran_at for tick in rows(container, SchedulerTick)}
    assert {name for name, ran_at in ticks.items() if ran_at < real_now + timedelta(minutes=1)} >= {
        "relay",
        "janitor",
        "sweep",
    }


def test_two_schedulers_whose_clocks_differ_a_little_take_a_turn_once(container: Container) -> None:
    """Fault 35: half a second is no jump."""
    subscriber(container)
    soon = container.wall_clock.now() + timedelta(seconds=0.5)
    with container.transactions.begin(FACTORY) as work:
        work.session.add(SchedulerTick(task="relay", ran_at=soon))

    run_due(container)

    assert container.redis.llen("rq:queue:short") == 0


def test_who_began_before_midnight_and_numbers_after_it_dates_by_the_new_day(
    container: Container, clock: ManualClock
) -> None:
    """Fault 35 at its most usual: a higher number never has an earlier date, however late a process is."""
    who, late = subscriber(container), subscriber(container)
    due = announced(container, who.subscription_id)
    clock.move_to(due + timedelta(days=1))
    subscriber(container)

    sweep_at(container, due)

    (renewal,) = rows(container, Invoice, customer_id=late.customer_id, purpose=InvoicePurpose.RENEWAL)
    assert (renewal.issued_at, renewal.issued_on) == (due, local_date(clock.now()))
    (document,) = rows(container, Document, invoice_id=renewal.id, kind=DocumentKind.INVOICE)
    assert document.issued_on == renewal.issued_on
    assert_books_agree(container)
