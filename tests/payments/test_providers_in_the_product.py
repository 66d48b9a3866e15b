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
from app.services.charging import confirmation_page, open_checkout, refresh_attempt
from app.services.method_setups import finish_method_setup, start_method_setup
from app.services.payment_methods import delete_payment_method
from tests.clock import ManualClock
from tests.factories import (
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    deliver_all,
    mails,
    order,
    rows,
)
from tests.payments.stripe.double import cards
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
        use(container, made)
        yield made


def use(container: Container, world: ProviderWorld) -> None:
    """Let the product know this provider and no other."""
    name = world.provider.name
    vars(container)["providers"] = {name: world.provider}
    vars(container)["gateways"] = {name: world.provider}
    vars(container)["charging"] = replace(container.charging, card_gateway=name)


@pytest.fixture
def anna(container: Container, world: ProviderWorld) -> int:
    """A customer who pays in euro, which both providers take."""
    return newcomer(container)


def newcomer(container: Container) -> int:
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


def added(
    container: Container, world: ProviderWorld, customer_id: int, card: str = cards.VISA
) -> MethodSetup:
    """Add a method on the provider's page and come back twice."""
    start_method_setup(
        container.method_setups,
        customer_id=customer_id,
        provider=world.provider.name,
        now=container.clock.now(),
    )
    setup = rows(container, MethodSetup)[-1]
    world.give(str(setup.id), card)
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


def test_a_charge_that_the_bank_asks_about_is_confirmed_on_the_providers_page(
    container: Container, clock: ManualClock
) -> None:
    """3-D Secure without the customer: told by mail, led to by one link, settled when they come back."""
    vars(container)["wall_clock"] = clock
    with stripe_world(container, clock) as world:
        use(container, world)
        customer_id = newcomer(container)
        method_id = added(container, world, customer_id, cards.CONFIRM).payment_method_id
        invoice_id = order(container, customer_id, "crm-connector")
        assert method_id is not None
        ask_for_charge(container, customer_id, invoice_id, method_id)
        deliver_all(container)
        (attempt,) = rows(container, PaymentAttempt)
        told = mails(container)
        _, address = confirmation_page(
            container.charging, customer_id=customer_id, attempt_id=attempt.id, now=clock.now()
        )
        world.pay(str(attempt.id))
        afterwards = confirmation_page(
            container.charging, customer_id=customer_id, attempt_id=attempt.id, now=clock.now()
        )

    assert attempt.state is AttemptState.AWAITING_CUSTOMER
    assert "payment_confirmation" in told
    assert address is not None
    assert address == attempt.redirect_url
    assert afterwards == (invoice_id, None)
    assert rows(container, Invoice)[0].status is InvoiceStatus.PAID
    assert [row.amount for row in rows(container, Payment)] == [PRICE]
