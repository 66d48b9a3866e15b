"""Skipping time lets it pass: a year of renewals, each on its day; an event is where something falls due."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.billing.errors import InvalidInput
from app.billing.periods import start_of_local_day
from app.bootstrap import Container
from app.models import Invoice, Subscription, SubscriptionPeriod
from app.services.key_rotation import rotate_key
from app.services.sweep import SweepReport
from app.services.time_travel import next_event, travel
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, mails, order, production_key, rows, shown_key, trial_key


def skip(container: Container, target: datetime) -> SweepReport:
    return travel(
        container.transactions,
        container.billing_run,
        actor=FACTORY,
        now=container.clock.now(),
        target=target,
    )


def upcoming(container: Container, now: datetime) -> datetime | None:
    return next_event(container.transactions, now=now)


def test_a_skipped_year_is_a_year_of_renewals(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector")
    start = clock.now()

    report = skip(container, start + timedelta(days=366))

    periods = rows(container, SubscriptionPeriod)
    assert len(periods) == 13
    assert [period.starts_at for period in periods[1:]] == [period.ends_at for period in periods[:-1]]
    assert report.renewals == report.renewal_notices == 12
    assert mails(container).count("renewal_notice") == 12
    paid = sorted(invoice.issued_on.day for invoice in rows(container, Invoice))
    assert set(paid) == {periods[0].starts_at.day}


def test_the_next_event_is_the_notice_then_the_charge(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    (row,) = rows(container, Subscription)
    assert row.period_end is not None
    assert row.notice_due_at is not None
    month_end = start_of_local_day(row.period_end.date().replace(day=1))

    assert upcoming(container, clock.now()) == min(row.notice_due_at, month_end)
    clock.move_to(row.notice_due_at)
    skip(container, row.notice_due_at + timedelta(hours=1))

    (told,) = rows(container, Subscription)
    assert told.renewal_due_at is not None
    assert upcoming(container, told.renewal_due_at - timedelta(hours=1)) == told.renewal_due_at


def test_orders_lapse_and_trials_end_on_the_way(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    order(container, alice, "mail-connector")

    report = skip(container, clock.now() + timedelta(days=10))

    assert (report.trial_notices, report.closed_subscriptions, report.voided_invoices) == (1, 1, 1)
    assert report.expired_keys == 1


def test_a_key_ends_when_it_really_does(
    container: Container, clock: ManualClock, shop: dict[str, int], alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"]])
    trial_ends_at = clock.now() + timedelta(days=7)
    clock.advance(days=6)
    buy(container, alice, "crm-connector")
    production_key(container, alice)
    shown_at = clock.now()
    rotate_key(
        container.transactions,
        actor=FACTORY,
        customer_id=alice,
        api_key_id=2,
        overlap=timedelta(hours=1),
        now=clock.now(),
    )

    ends = [instant for instant in events(container, clock.now(), 20) if instant.hour == shown_at.hour]
    assert ends == [shown_at + timedelta(days=14)], "the temporary key serves who pays"
    assert trial_ends_at not in ends
    shown_key(container, alice, 3)
    assert upcoming(container, clock.now()) == shown_at + timedelta(hours=1), "the replaced key ends"


def events(container: Container, start: datetime, days: int) -> list[datetime]:
    """What falls due in so many days."""
    found, end = [], start + timedelta(days=days)
    instant = upcoming(container, start)
    while instant is not None and instant <= end:
        found.append(instant)
        instant = upcoming(container, instant)
    return found


def test_time_goes_ahead_only(container: Container, clock: ManualClock, shop: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        skip(container, clock.now())
