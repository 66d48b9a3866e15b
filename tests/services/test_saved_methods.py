"""Charging a saved card off-session: once, whatever happens (design §2.5)."""

from functools import partial

import pytest

from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.payment import AttemptState, ChargeOutcome, OutcomeKind
from app.bootstrap import Container
from app.jobs.handlers import handlers
from app.models import Invoice, OutboxMessage, Payment, PaymentAttempt, PaymentMethod
from app.services.charging import (
    ChargeInProgress,
    InvoiceNotOpen,
    charge_is_promised,
)
from app.services.ordering import Order, place_order
from app.services.outbox import deliver, relay
from tests.factories import (
    FACTORY,
    HeldQueue,
    deliver_all,
    filled_cart,
    mails,
    order,
    pay_by_card,
    promised,
    rows,
)
from tests.parallel import at_once
from tests.payments.gateways import ScriptedGateway, silent
from tests.services.charges import (
    PRICE,
    ask_for_charge,
    charge,
    checkout,
    states,
    status,
    taken,
    with_gateway,
)


def promised_charge(container: Container, invoice_id: int) -> bool:
    with container.transactions.reading() as repositories:
        return charge_is_promised(repositories, invoice_id)


def test_a_saved_card_is_charged_by_a_worker(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    ask_for_charge(container, alice, invoice_id, method_id)
    assert states(container, invoice_id) == []
    assert promised_charge(container, invoice_id)

    deliver_all(container)

    assert not promised_charge(container, invoice_id)

    assert status(container, invoice_id) is InvoiceStatus.PAID
    (attempt,) = rows(container, PaymentAttempt, invoice_id=invoice_id)
    assert (attempt.state, attempt.payment_method_id, attempt.settled_at) == (
        AttemptState.SUCCEEDED,
        method_id,
        container.clock.now(),
    )
    assert taken(container) == [PRICE, PRICE]


def test_twenty_submits_of_an_order_are_one_invoice_and_one_charge(
    container: Container, alice: int, method_id: int
) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.query(OutboxMessage).delete()
    cart_id = filled_cart(container, alice)

    def submit() -> int:
        placed = place_order(
            container.transactions,
            order=Order(alice, cart_id, PaymentMethodKind.CARD),
            now=container.clock.now(),
        )
        ask_for_charge(container, alice, placed, method_id)
        return placed

    ordered = at_once(*[submit] * 20)
    queue = HeldQueue()
    relay(container.transactions, queue, real_now=container.wall_clock.now())
    handle = handlers(container)
    at_once(
        *[
            partial(
                deliver, container.transactions, handle, message_id=message, wall_clock=container.wall_clock
            )
            for message in queue.messages * 4
        ]
    )

    (invoice_id,) = set(ordered.results)
    assert set(ordered.refusals) <= {"CHARGE_IN_PROGRESS", "INVOICE_NOT_OPEN"}
    assert len(rows(container, Invoice)) == 2  # the card was saved with the first one
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert len(promised(container, "payment.charge")) == 1
    assert len(rows(container, Payment, invoice_id=invoice_id)) == 1
    assert taken(container) == [PRICE, PRICE]


def test_a_decline_leaves_the_invoice_open_for_another_try(
    container: Container, alice: int, invoice_id: int
) -> None:
    other = order(container, alice, "mail-connector")
    pay_by_card(container, alice, other, "tok_declined_later")
    (method,) = rows(container, PaymentMethod)

    ask_for_charge(container, alice, invoice_id, method.id)
    deliver_all(container)

    (attempt,) = rows(container, PaymentAttempt, invoice_id=invoice_id)
    assert (attempt.state, attempt.failure_code) == (AttemptState.FAILED, "card_declined")
    assert status(container, invoice_id) is InvoiceStatus.OPEN
    assert mails(container).count("payment_failed") == 1
    ask_for_charge(container, alice, invoice_id, method.id)
    deliver_all(container)
    assert states(container, invoice_id) == [AttemptState.FAILED, AttemptState.FAILED]


def test_an_open_page_is_closed_before_a_saved_card_is_charged(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    url = checkout(container, alice, invoice_id)
    ask_for_charge(container, alice, invoice_id, method_id)
    deliver_all(container)
    assert states(container, invoice_id) == [AttemptState.ABANDONED, AttemptState.SUCCEEDED]
    outcome = container.test_acquirer.pay(url.rsplit("/", 1)[1], "tok_visa")
    assert outcome.kind is OutcomeKind.ABANDONED


def test_a_page_paid_a_moment_ago_is_not_charged_again(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    url = checkout(container, alice, invoice_id)
    container.test_acquirer.pay(url.rsplit("/", 1)[1], "tok_visa")
    with pytest.raises(InvoiceNotOpen):
        ask_for_charge(container, alice, invoice_id, method_id)
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]


def test_while_in_doubt_nothing_else_starts(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    charge(container, invoice_id, method_id, charging=with_gateway(container, silent()))
    assert states(container, invoice_id) == [AttemptState.UNKNOWN]
    with pytest.raises(ChargeInProgress):
        ask_for_charge(container, alice, invoice_id, method_id)
    with pytest.raises(ChargeInProgress):
        checkout(container, alice, invoice_id)
    with pytest.raises(ChargeInProgress):
        charge(container, invoice_id, method_id, ordinal=2)


def test_a_repeated_job_finds_its_work_done(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    declining = ScriptedGateway(ChargeOutcome(OutcomeKind.FAILED, "ref", failure_code="declined"))
    for _ in range(3):
        charge(container, invoice_id, method_id, charging=with_gateway(container, declining))
    assert declining.asked == ["charge"]
    charge(container, invoice_id, method_id, ordinal=2)
    charge(container, invoice_id, method_id, ordinal=3)
    assert states(container, invoice_id) == [AttemptState.FAILED, AttemptState.SUCCEEDED]


def test_a_job_done_twice_at_once_charges_once(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    declining = ScriptedGateway(ChargeOutcome(OutcomeKind.FAILED, "ref", failure_code="declined"))
    slow = with_gateway(container, declining)
    outcomes = at_once(*[partial(charge, container, invoice_id, method_id, charging=slow)] * 12)
    assert declining.asked == ["charge"]
    assert set(outcomes.refusals) <= {"CHARGE_IN_PROGRESS"}


def test_a_deleted_card_is_never_charged(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    ask_for_charge(container, alice, invoice_id, method_id)
    with container.transactions.begin(FACTORY) as work:
        work.payment_methods.get(method_id).deleted_at = container.clock.now()
    with pytest.raises(NotFound):
        charge(container, invoice_id, method_id)
    deliver_all(container)
    assert states(container, invoice_id) == []
    assert taken(container) == [PRICE]


def test_a_paid_invoice_is_not_charged(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    ask_for_charge(container, alice, invoice_id, method_id)
    pay_by_card(container, alice, invoice_id)
    deliver_all(container)
    assert taken(container) == [PRICE, PRICE]
    with pytest.raises(InvoiceNotOpen):
        ask_for_charge(container, alice, invoice_id, method_id)
