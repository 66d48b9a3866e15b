"""Each provider from end to end: paid on its page, charged without the customer, added, deleted (H2, H3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.method_setup import SetupState
from app.billing.money import Money
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.models import Invoice, MethodSetup, Payment, PaymentAttempt, PaymentMethod
from app.services.charging import open_checkout, refresh_attempt
from app.services.method_setups import finish_method_setup, start_method_setup
from app.services.payment_methods import delete_payment_method
from tests.clock import ManualClock
from tests.factories import (
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    deliver_all,
    order,
    rows,
)
from tests.payments.worlds import ProviderWorld, paypal_world, stripe_world
from tests.services.charges import ask_for_charge

WORLDS: dict[str, Callable[[Container, ManualClock], AbstractContextManager[ProviderWorld]]] = {
    "stripe": stripe_world,
    "paypal": paypal_world,
}
PRICE = Money(1_200, "EUR")


@pytest.fixture(params=WORLDS)
def world(
    request: pytest.FixtureRequest, container: Container, clock: ManualClock
) -> Iterator[ProviderWorld]:
    """The only provider that the product has; real time is the tests' time."""
    vars(container)["wall_clock"] = clock
    with WORLDS[request.param](container, clock) as made:
        name = made.provider.name
        vars(container)["providers"] = {name: made.provider}
        vars(container)["gateways"] = {name: made.provider}
        vars(container)["charging"] = replace(container.charging, card_gateway=name)
        yield made


@pytest.fixture
def anna(container: Container, world: ProviderWorld) -> int:
    """A customer who pays in euro, which both providers take."""
    create_seller(container)
    for slug in ("crm-connector", "mail-connector"):
        create_connector(container, slug, monthly=PRICE)
    customer_id = create_customer(container, "anna@example.com", currency="EUR")
    create_payer(container, customer_id)
    return customer_id


def bought(container: Container, world: ProviderWorld, customer_id: int) -> int:
    """Pay an order on the provider's page and come back."""
    invoice_id = order(container, customer_id, "crm-connector")
    open_checkout(
        container.charging,
        customer_id=customer_id,
        invoice_id=invoice_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    attempt = rows(container, PaymentAttempt, invoice_id=invoice_id)[-1]
    world.pay(str(attempt.id))
    for _ in range(2):
        refresh_attempt(container.charging, attempt_id=attempt.id, now=container.clock.now())
    return invoice_id


def added(container: Container, world: ProviderWorld, customer_id: int) -> MethodSetup:
    """Add a method on the provider's page and come back twice."""
    start_method_setup(
        container.method_setups,
        customer_id=customer_id,
        provider=world.provider.name,
        now=container.clock.now(),
    )
    setup = rows(container, MethodSetup)[-1]
    world.give(str(setup.id))
    for _ in range(2):
        setup = finish_method_setup(
            container.method_setups, customer_id=customer_id, setup_id=setup.id, now=container.clock.now()
        )
    return setup


def test_an_order_is_paid_on_the_page_and_the_method_charged_later(
    container: Container, world: ProviderWorld, anna: int
) -> None:
    invoice_id = bought(container, world, anna)
    (method,) = rows(container, PaymentMethod)
    second = order(container, anna, "mail-connector")
    ask_for_charge(container, anna, second, method.id)
    deliver_all(container)

    assert method.provider == world.provider.name
    states = [row.state for row in rows(container, PaymentAttempt)]
    assert states == [AttemptState.SUCCEEDED] * 2
    assert {row.id: row.status for row in rows(container, Invoice)} == {
        invoice_id: InvoiceStatus.PAID,
        second: InvoiceStatus.PAID,
    }
    assert [row.amount for row in rows(container, Payment)] == [PRICE, PRICE]
    assert {row.provider for row in rows(container, Payment)} == {world.provider.name}


def test_a_method_is_added_without_a_payment_and_forgotten_when_it_is_deleted(
    container: Container, world: ProviderWorld, anna: int
) -> None:
    setup = added(container, world, anna)
    (method,) = rows(container, PaymentMethod)
    kept = world.keeps(method.token)
    delete_payment_method(
        container.transactions, customer_id=anna, method_id=method.id, now=container.clock.now()
    )
    deliver_all(container)

    assert (setup.state, setup.payment_method_id) == (SetupState.SAVED, method.id)
    assert kept
    assert not world.keeps(method.token)
    assert rows(container, Payment) == []


def test_an_added_method_pays_an_order(container: Container, world: ProviderWorld, anna: int) -> None:
    method_id = added(container, world, anna).payment_method_id
    invoice_id = order(container, anna, "crm-connector")
    assert method_id is not None
    ask_for_charge(container, anna, invoice_id, method_id)
    deliver_all(container)

    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    assert [row.amount for row in rows(container, Payment)] == [PRICE]
