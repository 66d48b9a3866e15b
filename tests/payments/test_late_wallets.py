"""PayPal may save the wallet of a payment after the payment only, and tell its token then (H3, H6)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.bootstrap import Container
from app.models import AuditEntry, Payment, PaymentAttempt, PaymentMethod, WebhookEvent, WebhookState
from app.services.reconciliation import reconcile
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, deliver_all, order, rows
from tests.payments.test_providers_in_the_product import bought, newcomer, use
from tests.payments.worlds import PayPalWorld, paypal_world
from tests.services.charges import ask_for_charge


@pytest.fixture
def world(container: Container, clock: ManualClock) -> Iterator[PayPalWorld]:
    """PayPal, slow to save wallets; real time is the tests' time."""
    vars(container)["wall_clock"] = clock
    with paypal_world(container, clock) as made:
        use(container, made)
        made.double.books.vault_is_late = True
        yield made
    assert made.double.complaints == []


@pytest.fixture
def anna(container: Container, world: PayPalWorld) -> int:
    """She has paid an order, and her wallet is not saved yet."""
    anna = newcomer(container)
    bought(container, world, anna)
    deliver_all(container)
    assert rows(container, PaymentMethod) == []
    assert [payment.method_label for payment in rows(container, Payment)] == ["PayPal"]
    return anna


def last_order(world: PayPalWorld) -> str:
    return next(reversed(world.double.books.orders))


def tell(container: Container) -> None:
    """Everything that PayPal has to tell arrives."""
    reconcile(
        container.transactions,
        container.providers,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    deliver_all(container)


def test_a_wallet_that_is_told_late_is_kept_and_charged_as_one_in_time(
    container: Container, world: PayPalWorld, anna: int
) -> None:
    token = world.double.books.save_late(last_order(world))
    tell(container)
    (method,) = rows(container, PaymentMethod)
    second = order(container, anna, "mail-connector")
    ask_for_charge(container, anna, second, method.id)
    deliver_all(container)

    assert (method.customer_id, method.token, method.provider) == (anna, token, "paypal")
    labels = [payment.method_label for payment in rows(container, Payment)]
    assert labels == [method.masked] * 2, "the first payment says so as well"
    assert [each.object_id for each in rows(container, AuditEntry, action="payment_method.add")] == ["1"]


def test_it_is_kept_once_and_a_deleted_one_stays_deleted(
    container: Container, clock: ManualClock, world: PayPalWorld, anna: int
) -> None:
    world.double.books.save_late(last_order(world))
    tell(container)
    with container.transactions.begin(FACTORY) as work:
        work.payment_methods.get(1).deleted_at = clock.now()
    event = world.double.books.events[-1]
    world.double.books.events.append({**event, "id": "WH-again"})
    tell(container)
    (method,) = rows(container, PaymentMethod)
    assert method.deleted_at is not None


def test_the_wallet_of_one_payment_is_never_anothers(
    container: Container, world: PayPalWorld, anna: int
) -> None:
    """Two customers pay from one wallet: each token is of its own order."""
    bob = create_customer(container, "bob@example.com", currency="EUR")
    create_payer(container, bob)
    first = last_order(world)
    bought(container, world, bob)
    second = last_order(world)
    for each in (first, second):
        world.double.books.save_late(each)
    tell(container)
    kept = {method.customer_id: method.token for method in rows(container, PaymentMethod)}
    tokens = [
        world.double.books.orders[each]["payment_source"]["paypal"]["attributes"]["vault"]["id"]
        for each in (first, second)
    ]
    assert kept == {anna: tokens[0], bob: tokens[1]}


def test_a_wallet_of_nobody_here_or_of_long_ago_is_ignored(
    container: Container, clock: ManualClock, world: PayPalWorld, anna: int
) -> None:
    books = world.double.books
    stranger = books.save_wallet("COMPLETED")
    books._tell("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", books.payment_token(stranger))
    tell(container)
    clock.advance(days=8)
    books.save_late(last_order(world))
    tell(container)
    events = [each for each in rows(container, WebhookEvent) if each.kind.startswith("VAULT")]
    assert [event.state for event in events] == [WebhookState.IGNORED] * 2
    assert rows(container, PaymentMethod) == []


def test_a_method_that_was_named_in_time_is_not_asked_about(
    container: Container, clock: ManualClock, world: PayPalWorld
) -> None:
    world.double.books.vault_is_late = False
    anna = newcomer(container)
    bought(container, world, anna)
    asked = len(world.double.asked("GET /v2/checkout/orders/*"))
    books = world.double.books
    stranger = books.save_wallet("COMPLETED")
    books._tell("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", books.payment_token(stranger))
    clock.advance(seconds=1)
    tell(container)
    assert [attempt.payment_method_id for attempt in rows(container, PaymentAttempt)] == [None]
    tells_of_orders = len(world.double.asked("GET /v2/checkout/orders/*")) - asked
    assert tells_of_orders <= 2, "only the events of its own payment are looked at"
