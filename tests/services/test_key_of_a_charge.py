"""The idempotency key of a charge is its attempt, however often the provider is asked (H1, design §2.5)."""

from __future__ import annotations

from app.billing.payment import AttemptState
from app.bootstrap import Container
from tests.clock import ManualClock
from tests.factories import buy
from tests.payments.gateways import Bank
from tests.services.charges import PRICE, charge, checkout
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    ask_the_provider,
    attempts,
    charging,
    live_until,
    open_invoice,
    sweep_at,
)


def test_a_renewal_that_was_not_heard_is_asked_for_under_the_same_key(
    container: Container, clock: ManualClock, alice: int
) -> None:
    bank = Bank()
    buy(container, alice, "crm-connector")
    live_until(container, clock, DAY_OF_END - DAY, bank)
    bank.deaf = True
    sweep_at(container, clock, DAY_OF_END, bank)
    invoice_id = open_invoice(container).id
    bank.deaf = False

    ask_the_provider(container, bank)

    (attempt,) = attempts(container, invoice_id)
    assert attempt.state is AttemptState.SUCCEEDED
    assert [request.attempt_id for request in bank.requests] == [str(attempt.id)] * 2
    assert bank.taken == [PRICE]


def test_a_saved_card_that_was_not_heard_is_asked_for_under_the_same_key(
    container: Container, invoice_id: int, method_id: int
) -> None:
    bank = Bank()
    bank.deaf = True
    charge(container, invoice_id, method_id, 1, charging(container, bank))
    bank.deaf = False

    ask_the_provider(container, bank)

    (attempt,) = attempts(container, invoice_id)
    assert [request.attempt_id for request in bank.requests] == [str(attempt.id)] * 2
    assert bank.taken == [PRICE]


def test_a_page_is_opened_for_its_attempt(container: Container, alice: int, invoice_id: int) -> None:
    bank = Bank()
    address = checkout(container, alice, invoice_id, charging(container, bank))
    (attempt,) = attempts(container, invoice_id)
    assert address == f"http://bank/{attempt.id}"
