"""Two wishes at one moment end as if one had come after the other (faults 29 and 30)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from app.billing.errors import BillingError, Conflict
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.periods import BillingInterval, period_starting
from app.billing.pricing import yearly_price
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import Compensation
from app.services.fault_points import AFTER_CHARGE_BEFORE_SETTLE, AFTER_CLAIM_BEFORE_CHARGE, installed
from app.services.subscriptions import Asked, cancel_subscription, switch_interval
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import until_renewal
from tests.faults.subscribers import (
    DECLINED_LATER,
    PRICE,
    TORTURES,
    Subscriber,
    balance,
    due_subscribers,
    invoices,
    renewal_charges,
    subscriber,
    subscription,
)
from tests.parallel import at_once
from tests.services.compensating import FIVE_DAYS, approve, asked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shop")]

AT_ONCE = 10
"""So many customers act while one sweep renews all of them."""
YEARLY = yearly_price(PRICE)
DURING_A_CHARGE = (AFTER_CLAIM_BEFORE_CHARGE, AFTER_CHARGE_BEFORE_SETTLE)
Deed = Callable[[Container, Subscriber], None]


def repeated(times: int) -> pytest.MarkDecorator:
    """Run the race so often, or for hours."""
    torture = pytest.param(TORTURES, marks=pytest.mark.torture)
    return pytest.mark.parametrize("repetitions", [times, torture])


def run(container: Container) -> None:
    sweep(container.billing_run())


def cancel(container: Container, who: Subscriber) -> None:
    wish = Asked.by_customer(who.customer_id, who.subscription_id, container.clock.now())
    cancel_subscription(container.transactions, wish)


def pay_by(interval: BillingInterval, container: Container, who: Subscriber) -> None:
    wish = Asked.by_customer(who.customer_id, who.subscription_id, container.clock.now())
    switch_interval(container.transactions, wish, interval=interval)


pay_monthly, pay_yearly = partial(pay_by, BillingInterval.MONTH), partial(pay_by, BillingInterval.YEAR)


def race(container: Container, several: list[Subscriber], deed: Deed) -> None:
    """One sweep renews all of them while each does the deed, spread over the time that the sweep takes."""

    def act(place: int, who: Subscriber) -> None:
        time.sleep(place * 0.04)  # not waiting for anything: before, during and after the charges
        deed(container, who)

    deeds = [partial(act, place, who) for place, who in enumerate(several)]
    at_once(partial(run, container), *deeds)


def during_a_charge(container: Container, point: str, deed: Callable[[], None]) -> None:
    """Sweep, and do the deed when the sweep comes to the point."""

    def at_the_point(name: str) -> None:
        if name == point:
            deed()

    with installed(at_the_point):
        run(container)


def assert_canceled_fairly(container: Container, who: Subscriber) -> None:
    """Not charged, or charged with access for it, or charged and the money is the customer's."""
    row, charged = subscription(container, who), renewal_charges(container, who)
    assert row.status is SubscriptionStatus.CANCELED
    if not charged:
        assert row.period_end == who.end
        assert balance(container, who) == Money(0, "RUB")
    else:
        assert charged == [PRICE]
        renewed = row.period_end is not None and row.period_end > who.end
        assert renewed != (balance(container, who) == PRICE)
    assert [each.status for each in invoices(container, who) if each.status is InvoiceStatus.OPEN] == []


@repeated(30)
def test_who_cancels_during_a_renewal_is_not_charged_or_has_the_money(
    container: Container, clock: ManualClock, repetitions: int
) -> None:
    """Fault 29: cancel ∥ renew."""
    for _ in range(repetitions // AT_ONCE):
        several = due_subscribers(container, AT_ONCE)
        race(container, several, cancel)
        run(container)
        for who in several:
            assert_canceled_fairly(container, who)
        clock.advance(days=40, hours=12)  # at noon, since the next ones end at the hour of their purchase
        run(container)
        assert {subscription(container, who).status for who in several} == {SubscriptionStatus.EXPIRED}
        assert_books_agree(container)


@pytest.mark.parametrize("point", DURING_A_CHARGE)
def test_money_that_was_on_its_way_when_its_customer_cancelled_is_the_customers(
    container: Container, clock: ManualClock, point: str
) -> None:
    """Fault 29 at its narrowest: the charge is claimed, or done, and not settled yet."""
    (who,) = due_subscribers(container, 1)

    during_a_charge(container, point, partial(cancel, container, who))

    row = subscription(container, who)
    assert (row.status, row.period_end) == (SubscriptionStatus.CANCELED, who.end)
    assert (renewal_charges(container, who), balance(container, who)) == ([PRICE], PRICE)
    assert_canceled_fairly(container, who)
    assert_books_agree(container)


@pytest.mark.parametrize("point", DURING_A_CHARGE)
def test_who_cancelled_while_the_card_was_declined_is_never_asked_again(
    container: Container, clock: ManualClock, point: str
) -> None:
    """Fault 29 with a card that is declined: the open invoice goes with the subscription."""
    (who,) = due_subscribers(container, 1, DECLINED_LATER)

    during_a_charge(container, point, partial(cancel, container, who))
    for _ in range(12):
        clock.advance(days=1)
        run(container)

    assert renewal_charges(container, who) == []
    assert [each.status for each in invoices(container, who)] == [InvoiceStatus.PAID, InvoiceStatus.VOID]
    assert subscription(container, who).status is SubscriptionStatus.EXPIRED
    assert_books_agree(container)


def assert_switched_in_one_order(container: Container, who: Subscriber) -> None:
    """A year was charged; or a month was, and the next renewal is for a year."""
    row, charged = subscription(container, who), renewal_charges(container, who)
    assert row.status is SubscriptionStatus.ACTIVE
    if charged == [YEARLY]:
        assert (row.interval, row.renewal_interval) == (BillingInterval.YEAR, None)
    else:
        assert charged == [PRICE]
        assert (row.interval, row.renewal_interval) == (BillingInterval.MONTH, BillingInterval.YEAR)


@repeated(10)
def test_a_switch_to_yearly_during_a_renewal_counts_from_this_one_or_from_the_next(
    container: Container, clock: ManualClock, repetitions: int
) -> None:
    """Fault 30: interval switch ∥ renew. Who switched first is told the new sum a day before the charge."""
    for _ in range(repetitions // AT_ONCE):
        several = due_subscribers(container, AT_ONCE)
        race(container, several, pay_yearly)
        for _ in range(3):
            run(container)
            clock.advance(days=1)
        for who in several:
            assert_switched_in_one_order(container, who)
            cancel(container, who)
        clock.advance(hours=15)
        assert_books_agree(container)


@pytest.mark.parametrize("point", DURING_A_CHARGE)
def test_a_switch_back_while_the_year_is_being_charged_is_not_forgotten(
    container: Container, point: str
) -> None:
    """Fault 30 the other way round."""
    who = subscriber(container)
    pay_yearly(container, who)
    until_renewal(container, who.subscription_id)

    during_a_charge(container, point, partial(pay_monthly, container, who))

    row = subscription(container, who)
    assert renewal_charges(container, who) == [YEARLY]
    assert (row.interval, row.renewal_interval) == (BillingInterval.YEAR, BillingInterval.MONTH)
    assert_books_agree(container)


@pytest.mark.parametrize("point", DURING_A_CHARGE)
def test_a_switch_while_the_month_is_being_charged_is_not_forgotten(container: Container, point: str) -> None:
    """Fault 30 at its narrowest."""
    (who,) = due_subscribers(container, 1)

    during_a_charge(container, point, partial(pay_yearly, container, who))

    assert renewal_charges(container, who) == [PRICE]
    assert_switched_in_one_order(container, who)
    assert_books_agree(container)


def grant_days(container: Container, who: Subscriber) -> None:
    """Extra days, asked for and approved by staff; a refusal is an answer as well."""
    with suppress(BillingError):
        approve(container, asked(container, who.customer_id, FIVE_DAYS, who.subscription_id))


def assert_extended_in_one_order(container: Container, who: Subscriber) -> None:
    """The days moved the end that was paid for by then; where dunning was first, they were refused."""
    row, charged = subscription(container, who), renewal_charges(container, who)
    given = rows(container, Compensation, subscription_id=who.subscription_id, status="applied")
    assert row.anchor_day is not None
    paid_until = who.end
    if charged:
        assert charged == [PRICE]
        paid_until = period_starting(who.end, BillingInterval.MONTH, row.anchor_day).end
    assert row.period_end == (paid_until + timedelta(days=5) if given else paid_until)
    assert (row.status is SubscriptionStatus.ACTIVE) == (bool(given) or bool(charged))


@pytest.mark.parametrize("token", ["tok_visa", DECLINED_LATER])
@repeated(10)
def test_extra_days_during_a_renewal_and_its_dunning_move_what_was_paid_for_by_then(
    container: Container, clock: ManualClock, repetitions: int, token: str
) -> None:
    """Fault 30: extra days ∥ renew, extra days ∥ dunning."""
    for _ in range(repetitions // AT_ONCE):
        several = due_subscribers(container, AT_ONCE, token)
        race(container, several, grant_days)
        run(container)
        for who in several:
            assert_extended_in_one_order(container, who)
            cancel(container, who)
        clock.advance(hours=15)
        assert_books_agree(container)


@pytest.mark.parametrize("point", DURING_A_CHARGE)
def test_extra_days_are_refused_while_the_next_period_is_being_charged(
    container: Container, point: str
) -> None:
    """Fault 30 at its narrowest."""
    (who,) = due_subscribers(container, 1)
    compensation_id = asked(container, who.customer_id, FIVE_DAYS, who.subscription_id)

    def refused() -> None:
        with pytest.raises(Conflict, match="subscription") as refusal:
            approve(container, compensation_id)
        assert refusal.value.code == "CHARGE_IN_PROGRESS"

    during_a_charge(container, point, refused)

    assert_extended_in_one_order(container, who)
    approve(container, compensation_id)
    assert_extended_in_one_order(container, who)
    assert_books_agree(container)


@pytest.mark.parametrize("point", DURING_A_CHARGE)
def test_money_of_a_retry_whose_customer_cancelled_meanwhile_is_the_customers(
    container: Container, clock: ManualClock, point: str
) -> None:
    """Fault 29 in dunning, where cancelling closes at once: cancel ∥ retry."""
    (who,) = due_subscribers(container, 1, DECLINED_LATER)
    run(container)
    give_a_card_that_pays(container, who)
    clock.advance(days=1)

    during_a_charge(container, point, partial(cancel, container, who))

    assert subscription(container, who).status is SubscriptionStatus.EXPIRED
    assert (renewal_charges(container, who), balance(container, who)) == ([PRICE], PRICE)
    assert_books_agree(container)


def give_a_card_that_pays(container: Container, who: Subscriber) -> None:
    """The card that was saved last is the one that is charged."""
    with container.transactions.begin(FACTORY) as work:
        (method,) = work.payment_methods.of_customer(who.customer_id)
        method.token = method.token.replace(DECLINED_LATER, "tok_visa")
