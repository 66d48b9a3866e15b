"""Operations that are not paid, subscriptions that end, and months that are closed while they are used."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.billing.check import CheckCode
from app.billing.invoice import InvoiceStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Subscription
from app.services.payment_methods import pay_open_invoices
from app.services.subscriptions import (
    Asked,
    cancel_subscription,
    switch_auto_renewal,
    take_back_cancellation,
)
from app.services.usage_bills import close_months
from tests.clock import ManualClock
from tests.factories import check, deliver_all, mails, promised, rows
from tests.services.charges import taken
from tests.services.metered import (
    APRIL,
    APRIL_BEGINS,
    MARCH,
    MAY_BEGINS,
    SLUG,
    assert_every_operation_is_on_one_bill,
    billed,
    bills,
    create_metered_connector,
    metered_key,
    run_sweep,
    save_card,
    use,
    used,
)

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
Status = SubscriptionStatus


@pytest.fixture
def key(container: Container, alice: int) -> str:
    """The key of Alice, who pays for operations with a good card."""
    create_metered_connector(container)
    return metered_key(container, alice)


@pytest.fixture
def declined(container: Container, alice: int) -> str:
    """The key of Alice, whose card is declined when it is charged."""
    create_metered_connector(container)
    return metered_key(container, alice, "tok_declined_later")


def at(container: Container, clock: ManualClock, instant: datetime) -> None:
    clock.move_to(instant)
    run_sweep(container)


def state(container: Container) -> Status:
    return rows(container, Subscription)[0].status


def into_dunning(container: Container, clock: ManualClock, key: str) -> None:
    assert check(container, key, "acc", SLUG).allowed
    at(container, clock, APRIL_BEGINS - 3 * DAY)
    at(container, clock, APRIL_BEGINS)


def test_a_declined_bill_takes_the_course_of_every_unpaid_renewal(
    container: Container, clock: ManualClock, declined: str
) -> None:
    into_dunning(container, clock, declined)
    (row,) = rows(container, Subscription)
    assert (row.status, row.first_failed_at, row.period_end) == (
        Status.PAYMENT_PENDING,
        APRIL_BEGINS,
        MAY_BEGINS,
    )
    for days, expected in ((1, Status.PAYMENT_PENDING), (3, Status.PAYMENT_PENDING), (7, Status.SUSPENDED)):
        at(container, clock, APRIL_BEGINS + days * DAY)
        assert state(container) is expected
        assert check(container, declined, "acc", SLUG).code is CheckCode.GRACE
    at(container, clock, APRIL_BEGINS + 10 * DAY - INSTANT)
    assert check(container, declined, "acc", SLUG).allowed
    at(container, clock, APRIL_BEGINS + 10 * DAY)
    assert check(container, declined, "acc", SLUG).code is CheckCode.PAYMENT_REQUIRED
    assert state(container) is Status.EXPIRED
    assert bills(container)[0].status is InvoiceStatus.OPEN  # what was used is owed
    (told,) = promised(container, "mail.access_ended")
    assert told.payload["ended_at"] == (APRIL_BEGINS + 10 * DAY).isoformat()


def test_what_was_used_in_dunning_is_billed_after_its_month(
    container: Container, clock: ManualClock, declined: str
) -> None:
    into_dunning(container, clock, declined)
    assert check(container, declined, "acc", SLUG).allowed
    at(container, clock, APRIL_BEGINS + 11 * DAY)
    at(container, clock, MAY_BEGINS - DAY)
    at(container, clock, MAY_BEGINS)
    assert [line.quantity for line in billed(container)] == [1, 1]
    assert mails(container).count("usage_notice") == 1  # what has ended is told of by the bill
    assert state(container) is Status.EXPIRED
    assert rows(container, Subscription)[0].period_end == MAY_BEGINS
    assert_every_operation_is_on_one_bill(container)


def test_paid_in_time_the_month_runs_on(
    container: Container, clock: ManualClock, declined: str, alice: int
) -> None:
    into_dunning(container, clock, declined)
    clock.advance(days=8)
    good = save_card(container, alice)
    pay_open_invoices(container.charging, customer_id=alice, method_id=good, now=clock.now())
    deliver_all(container)
    (row,) = rows(container, Subscription)
    assert (row.status, row.first_failed_at, row.period_end) == (Status.ACTIVE, None, MAY_BEGINS)
    assert bills(container)[0].status is InvoiceStatus.PAID
    assert check(container, declined, "acc", SLUG).code is CheckCode.OK


def test_cancelled_it_ends_with_the_month_and_the_month_is_billed(
    container: Container, clock: ManualClock, key: str, alice: int
) -> None:
    asked = Asked.by_customer(alice, 1, clock.now())
    cancel_subscription(container.transactions, asked)
    take_back_cancellation(container.transactions, asked)
    assert check(container, key, "acc", SLUG).allowed
    cancel_subscription(container.transactions, asked)
    at(container, clock, APRIL_BEGINS - 3 * DAY)
    clock.move_to(APRIL_BEGINS - INSTANT)
    assert check(container, key, "acc", SLUG).allowed
    at(container, clock, APRIL_BEGINS)
    assert not check(container, key, "acc", SLUG).allowed
    assert state(container) is Status.EXPIRED
    assert [line.quantity for line in billed(container)] == [2]
    assert len(taken(container)) == 1


def test_with_renewal_off_the_end_is_told_and_a_declined_bill_does_not_put_it_off(
    container: Container, clock: ManualClock, declined: str, alice: int
) -> None:
    switch_auto_renewal(container.transactions, Asked.by_customer(alice, 1, clock.now()), enabled=False)
    assert check(container, declined, "acc", SLUG).allowed
    at(container, clock, APRIL_BEGINS - 3 * DAY)
    assert {"access_ending", "usage_notice"} <= set(mails(container))
    at(container, clock, APRIL_BEGINS)
    assert state(container) is Status.EXPIRED
    assert not check(container, declined, "acc", SLUG).allowed
    assert (bills(container)[0].status, bills(container)[0].first_failed_at) == (
        InvoiceStatus.OPEN,
        APRIL_BEGINS,
    )
    assert mails(container).count("access_ended") == 1


def test_cancelled_in_dunning_it_is_closed_and_still_owed(
    container: Container, clock: ManualClock, declined: str, alice: int
) -> None:
    into_dunning(container, clock, declined)
    cancel_subscription(container.transactions, Asked.by_customer(alice, 1, clock.now()))
    assert state(container) is Status.EXPIRED
    at(container, clock, APRIL_BEGINS + DAY)
    assert bills(container)[0].status is InvoiceStatus.OPEN
    assert mails(container).count("payment_failed") == 2


@pytest.mark.parametrize("round_", range(3))
def test_of_operations_at_midnight_each_yes_is_on_one_bill(
    container: Container, clock: ManualClock, key: str, round_: int
) -> None:
    clock.move_to(APRIL_BEGINS - 3 * DAY)
    answered = sum(check(container, key, "acc", SLUG).allowed for _ in range(5 + round_))
    run_sweep(container)
    clock.move_to(APRIL_BEGINS)
    run = container.billing_run()
    instants = [APRIL_BEGINS - INSTANT, APRIL_BEGINS] * 100
    with ThreadPoolExecutor(10) as threads:
        asked = [threads.submit(partial(use, container, at=instant)) for instant in instants]
        closing = [threads.submit(close_months, run) for _ in range(2)]
        answered += sum(future.result() == [True] for future in asked)
        assert all(not future.result().parked for future in closing)
    assert sum(used(container).values()) == answered == 205 + round_

    close_months(container.billing_run())
    at(container, clock, MAY_BEGINS)

    assert sum(line.quantity for line in billed(container)) == answered
    assert set(used(container)) == {(1, MARCH), (1, APRIL)}
    assert_every_operation_is_on_one_bill(container)
