"""Charging on the provider's page: claim, call, settle (design §2.5)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from app.billing.errors import Conflict, NotFound
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.payment import AttemptState, ChargeOutcome, ChargeRequest, OutcomeKind
from app.bootstrap import Container
from app.models import Invoice, Payment, PaymentAttempt
from app.services.charging import (
    CHECKOUT_TERM,
    ChargeInProgress,
    InvoiceNotOpen,
    attempts_to_ask_about,
    refresh_attempt,
)
from app.services.ordering import Order, place_order
from tests.factories import create_customer, filled_cart, order, rows
from tests.parallel import at_once
from tests.payments.gateways import METHOD, ScriptedGateway, silent
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


def test_the_attempt_is_committed_before_anybody_is_asked(
    container: Container, alice: int, invoice_id: int
) -> None:
    seen: list[tuple[str, AttemptState, int]] = []

    def look(request: ChargeRequest) -> None:
        (attempt,) = rows(container, PaymentAttempt)
        seen.append((str(attempt.id), attempt.state, attempt.ordinal))

    page = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, "ref", "http://provider/page")
    gateway = ScriptedGateway(page, before_answer=look)

    url = checkout(container, alice, invoice_id, with_gateway(container, gateway))

    (request,) = gateway.requests
    assert url == "http://provider/page"
    assert seen == [(request.attempt_id, AttemptState.STARTED, 1)]
    assert (request.amount, request.description, request.customer_reference) == (
        PRICE,
        "СЧ-2026-000001",
        str(alice),
    )
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]


def test_an_open_page_is_used_again(container: Container, alice: int, invoice_id: int) -> None:
    first = checkout(container, alice, invoice_id)
    assert checkout(container, alice, invoice_id) == first
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]


def test_a_page_that_ran_out_makes_room_for_another(
    container: Container, alice: int, invoice_id: int
) -> None:
    url = checkout(container, alice, invoice_id)
    container.test_acquirer.close_checkout(url.rsplit("/", 1)[1])
    assert checkout(container, alice, invoice_id) != url
    assert states(container, invoice_id) == [AttemptState.ABANDONED, AttemptState.AWAITING_CUSTOMER]


def test_a_page_paid_in_another_tab_is_noticed(container: Container, alice: int, invoice_id: int) -> None:
    url = checkout(container, alice, invoice_id)
    container.test_acquirer.pay(url.rsplit("/", 1)[1], "tok_visa")
    with pytest.raises(InvoiceNotOpen):
        checkout(container, alice, invoice_id)
    assert status(container, invoice_id) is InvoiceStatus.PAID


def test_a_silent_provider_leaves_the_attempt_unknown(
    container: Container, alice: int, invoice_id: int
) -> None:
    quiet = with_gateway(container, silent())
    with pytest.raises(Conflict) as refusal:
        checkout(container, alice, invoice_id, quiet)
    assert refusal.value.code == "PROVIDER_UNAVAILABLE"
    assert states(container, invoice_id) == [AttemptState.UNKNOWN]
    with pytest.raises(ChargeInProgress):
        checkout(container, alice, invoice_id)


def test_an_open_page_whose_provider_fell_silent_is_not_doubled(
    container: Container, alice: int, invoice_id: int
) -> None:
    checkout(container, alice, invoice_id)
    with pytest.raises(ChargeInProgress):
        checkout(container, alice, invoice_id, with_gateway(container, silent()))
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]


def test_without_an_acquirer_nothing_is_claimed(container: Container, alice: int, invoice_id: int) -> None:
    with pytest.raises(Conflict) as refusal:
        checkout(container, alice, invoice_id, replace(container.charging, gateways={}))
    assert refusal.value.code == "PROVIDER_UNAVAILABLE"
    assert states(container, invoice_id) == []


def test_a_page_that_was_refused_at_once(container: Container, alice: int, invoice_id: int) -> None:
    refusing = ScriptedGateway(ChargeOutcome(OutcomeKind.FAILED, failure_code="blocked"))
    with pytest.raises(Conflict):
        checkout(container, alice, invoice_id, with_gateway(container, refusing))
    assert states(container, invoice_id) == [AttemptState.FAILED]
    assert checkout(container, alice, invoice_id)


def test_twenty_submits_at_once_open_one_page(container: Container, alice: int, invoice_id: int) -> None:
    outcomes = at_once(*[partial(checkout, container, alice, invoice_id)] * 20)
    assert len(set(outcomes.results)) == 1
    assert set(outcomes.refusals) <= {"CHARGE_IN_PROGRESS"}
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]


def test_twenty_submits_of_a_cart_are_one_invoice_and_one_charge(container: Container, alice: int) -> None:
    cart_id = filled_cart(container, alice)

    def submit() -> str:
        placed = place_order(
            container.transactions,
            order=Order(alice, cart_id, PaymentMethodKind.CARD),
            now=container.clock.now(),
        )
        return checkout(container, alice, placed)

    pages = at_once(*[submit] * 20)
    (attempt_id,) = {UUID(page.rsplit("/", 1)[1]) for page in pages.results}
    at_once(*[partial(container.test_acquirer.pay, str(attempt_id), "tok_visa")] * 20)
    refresh = partial(refresh_attempt, container.charging, attempt_id=attempt_id, now=container.clock.now())
    at_once(*[refresh] * 20)

    assert set(pages.refusals) <= {"CHARGE_IN_PROGRESS"}
    assert [invoice.status for invoice in rows(container, Invoice)] == [InvoiceStatus.PAID]
    assert len(rows(container, Payment)) == 1
    assert taken(container) == [PRICE]


def test_nobody_pays_or_charges_for_another(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    eve = create_customer(container, "eve@example.com")
    with pytest.raises(NotFound):
        checkout(container, eve, invoice_id)
    with pytest.raises(NotFound):
        ask_for_charge(container, eve, invoice_id, method_id)
    with pytest.raises(NotFound):
        ask_for_charge(container, alice, invoice_id, 10**9)
    with pytest.raises(NotFound):
        refresh_attempt(container.charging, attempt_id=uuid4(), now=container.clock.now())


def test_the_janitor_asks_about_what_is_old_enough(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    real_now = container.wall_clock.now()
    charge(container, invoice_id, method_id, charging=with_gateway(container, silent()))
    (doubtful,) = rows(container, PaymentAttempt, invoice_id=invoice_id)
    waiting_invoice = order(container, alice, "sheet-connector")
    checkout(container, alice, waiting_invoice)
    (waiting,) = rows(container, PaymentAttempt, invoice_id=waiting_invoice)

    def asked(after: timedelta) -> list[UUID]:
        return attempts_to_ask_about(container.transactions, real_now + after)

    assert asked(timedelta(seconds=29)) == []
    assert asked(timedelta(seconds=40)) == [doubtful.id]
    assert asked(CHECKOUT_TERM + timedelta(seconds=40)) == [doubtful.id, waiting.id]


@pytest.mark.parametrize(
    ("answer", "state", "invoice_status"),
    [
        (OutcomeKind.SUCCEEDED, AttemptState.SUCCEEDED, InvoiceStatus.PAID),
        (OutcomeKind.FAILED, AttemptState.FAILED, InvoiceStatus.OPEN),
        (OutcomeKind.NOT_FOUND, AttemptState.UNKNOWN, InvoiceStatus.OPEN),
        (OutcomeKind.AWAITING_CUSTOMER, AttemptState.AWAITING_CUSTOMER, InvoiceStatus.OPEN),
        (OutcomeKind.UNKNOWN, AttemptState.UNKNOWN, InvoiceStatus.OPEN),
    ],
)
def test_what_the_janitor_learns(
    container: Container,
    alice: int,
    invoice_id: int,
    method_id: int,
    answer: OutcomeKind,
    state: AttemptState,
    invoice_status: InvoiceStatus,
) -> None:
    charge(container, invoice_id, method_id, charging=with_gateway(container, silent()))
    (attempt,) = rows(container, PaymentAttempt, invoice_id=invoice_id)
    told = ScriptedGateway(ChargeOutcome(answer, "ref", amount=PRICE, method=METHOD, failure_code=None))

    for _ in range(2):
        refresh_attempt(with_gateway(container, told), attempt_id=attempt.id, now=container.clock.now())

    assert states(container, invoice_id) == [state]
    assert status(container, invoice_id) is invoice_status
