"""Whoever changes what is a customer's waits for who is changing it already (docs/decisions/0017).

With one lock before all others nothing that was decided is changed before it is written, and no two
transactions of one customer wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.api_key import KeyLabel
from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.bootstrap import Container
from app.models import PaymentMethod
from app.services.api_keys import create_key
from app.services.charging import refresh_attempt
from app.services.ordering import Order, place_order
from app.services.subscriptions import Asked, cancel_subscription, switch_auto_renewal, switch_interval
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, filled_cart, order, production_key, rows
from tests.parallel import wait_until_blocked
from tests.services.charges import ask_for_charge, charge, checkout, opened
from tests.services.refunding import asked

Deed = Callable[[], object]


def settle(container: Container, alice: int) -> Deed:
    """The provider says that the open order was paid."""
    attempt_id = opened(container, alice, 2)
    container.test_acquirer.pay(str(attempt_id), "tok_visa")
    return partial(refresh_attempt, container.charging, attempt_id=attempt_id, now=container.clock.now())


def claim(container: Container, alice: int) -> Deed:
    return partial(checkout, container, alice, 2)


def claim_with_a_saved_card(container: Container, alice: int) -> Deed:
    return partial(charge, container, 2, rows(container, PaymentMethod)[0].id)


def promise_a_charge(container: Container, alice: int) -> Deed:
    return partial(ask_for_charge, container, alice, 2, rows(container, PaymentMethod)[0].id)


def bind(container: Container, alice: int) -> Deed:
    """The first check of a Make account."""
    return partial(check, container, production_key(container, alice), "acc-1")


def place(container: Container, alice: int) -> Deed:
    which = Order(alice, filled_cart(container, alice, "acc-2"), PaymentMethodKind.CARD)
    return partial(place_order, container.transactions, order=which, now=container.clock.now())


def cancel(container: Container, alice: int) -> Deed:
    return partial(cancel_subscription, container.transactions, wish(container, alice))


def pay_yearly(container: Container, alice: int) -> Deed:
    year = BillingInterval.YEAR
    return partial(switch_interval, container.transactions, wish(container, alice), interval=year)


def end_with_the_period(container: Container, alice: int) -> Deed:
    return partial(switch_auto_renewal, container.transactions, wish(container, alice), enabled=False)


def ask_for_a_refund(container: Container, alice: int) -> Deed:
    return partial(asked, container, alice, 1)


def make_a_key(container: Container, alice: int) -> Deed:
    actor, label = Actor.customer(alice), KeyLabel("another")
    return partial(
        create_key, container.transactions, actor=actor, customer_id=alice, label=label,
        now=container.clock.now(),
    )  # fmt: skip


def wish(container: Container, alice: int) -> Asked:
    return Asked.by_customer(alice, 1, container.clock.now())


DEEDS = (
    settle, claim, claim_with_a_saved_card, promise_a_charge, bind, place, cancel, pay_yearly,
    end_with_the_period, ask_for_a_refund, make_a_key,
)  # fmt: skip


@pytest.mark.parametrize("prepare", DEEDS, ids=lambda prepare: prepare.__name__)
def test_it_waits_for_the_customer(
    container: Container, alice: int, prepare: Callable[[Container, int], Deed]
) -> None:
    buy(container, alice, "crm-connector")
    order(container, alice, "mail-connector")
    deed = prepare(container, alice)

    with ThreadPoolExecutor(1) as threads:
        with container.transactions.begin(FACTORY) as work:
            work.customers.get(alice, lock=True)
            waiting = threads.submit(deed)
            wait_until_blocked(container)
            assert not waiting.done()
        waiting.result(timeout=30)


def test_a_sweep_leaves_a_busy_customer_to_the_next_one(
    container: Container, alice: int, clock: ManualClock
) -> None:
    buy(container, alice, "crm-connector")
    clock.advance(days=29)
    with container.transactions.begin(FACTORY) as work:
        work.customers.get(alice, lock=True)
        report = sweep(container.billing_run())
        assert report.parked == 0
    with container.transactions.reading() as repositories:
        assert repositories.subscriptions.get(1).noticed_at is None

    sweep(container.billing_run())

    with container.transactions.reading() as repositories:
        assert repositories.subscriptions.get(1).noticed_at == clock.now()
