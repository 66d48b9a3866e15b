"""Adding a payment method without paying (H6): asked for, given, kept once, whoever comes back or doesn't."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest

from app.billing.errors import Conflict, NotFound
from app.billing.method_setup import SetupState
from app.bootstrap import Container
from app.models import MethodSetup, PaymentMethod, StatusChange, Subscription
from app.services.method_setups import finish_open_setups, start_method_setup
from app.services.payment_methods import delete_payment_method, prefer_payment_method
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, deliver_all, promised, rows
from tests.parallel import at_once
from tests.services.charges import PRICE, taken
from tests.services.mail_facts import swept_at
from tests.services.setups import added, asked_for, finished, given, muted
from tests.services.test_mail_contents_payments import unpaid


def chargeable(container: Container, customer_id: int) -> list[int]:
    with container.transactions.reading() as repositories:
        return [method.id for method in repositories.payment_methods.of_customer(customer_id)]


def test_a_card_is_added_and_nothing_is_charged(container: Container, alice: int) -> None:
    setup_id = asked_for(container, alice)
    (setup,) = rows(container, MethodSetup)
    given(container, setup_id)
    done = finished(container, alice, setup_id)
    (method,) = rows(container, PaymentMethod)

    assert (setup.state, setup.finished_at) == (SetupState.AWAITING_CUSTOMER, None)
    assert setup.redirect_url == f"http://localhost/test-acquirer/setup/{setup_id}"
    assert (done.state, done.payment_method_id) == (SetupState.SAVED, method.id)
    assert (method.customer_id, method.masked) == (alice, "Visa •••• 4242")
    assert taken(container) == []
    history = [row.new_status for row in rows(container, StatusChange, object_kind="method_setup")]
    assert history == ["started", "awaiting_customer", "saved"]


def test_coming_back_twenty_times_at_once_is_one_method(container: Container, alice: int) -> None:
    setup_id = asked_for(container, alice)
    given(container, setup_id)

    outcomes = at_once(*[partial(finished, container, alice, setup_id)] * 20)

    assert {done.state for done in outcomes.results} == {SetupState.SAVED}
    assert len(outcomes.results) == 20
    assert len(rows(container, PaymentMethod)) == 1


def test_another_customer_learns_and_changes_nothing(container: Container, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    setup_id = asked_for(container, alice)
    given(container, setup_id)
    method_id = added(container, alice, "tok_mastercard")

    with pytest.raises(NotFound):
        finished(container, bob, setup_id)
    with pytest.raises(NotFound):
        finished(container, alice, uuid4())
    with pytest.raises(NotFound):
        asked_for(container, bob, replaces_id=method_id)
    assert rows(container, MethodSetup, customer_id=bob) == []
    assert chargeable(container, bob) == []


def test_a_page_that_was_left_adds_nothing(container: Container, alice: int) -> None:
    setup_id = asked_for(container, alice)
    waiting = finished(container, alice, setup_id)
    container.test_acquirer.close_setup(str(setup_id))
    left = finished(container, alice, setup_id)
    given(container, setup_id)

    assert waiting.state is SetupState.AWAITING_CUSTOMER
    assert (left.state, left.failure_code) == (SetupState.FAILED, "page_closed")
    assert finished(container, alice, setup_id).state is SetupState.FAILED
    assert chargeable(container, alice) == []


def test_a_customer_who_does_not_come_back_has_the_card_all_the_same(
    container: Container, clock: ManualClock, alice: int
) -> None:
    setup_id = asked_for(container, alice)
    given(container, setup_id)
    early = finish_open_setups(container.method_setups, now=clock.now())
    clock.advance(minutes=2)
    asked = finish_open_setups(container.method_setups, now=clock.now())

    assert (early, asked) == (0, 1)
    assert len(chargeable(container, alice)) == 1
    assert finish_open_setups(container.method_setups, now=clock.now()) == 0


def test_no_answer_is_no_end(container: Container, clock: ManualClock, alice: int) -> None:
    with pytest.raises(Conflict) as refusal:
        asked_for(container, alice, setups=muted(container))
    (setup,) = rows(container, MethodSetup)
    still = finished(container, alice, setup.id, setups=muted(container))

    assert refusal.value.code == "PROVIDER_UNAVAILABLE"
    assert (setup.state, still.state) == (SetupState.STARTED, SetupState.STARTED)
    clock.advance(minutes=2)
    finish_open_setups(container.method_setups, now=clock.now())
    assert rows(container, MethodSetup)[0].state is SetupState.FAILED, "the acquirer never heard of it"


def test_a_provider_that_is_not_set_up_opens_no_page(container: Container, alice: int) -> None:
    with pytest.raises(Conflict, match="provider stripe"):
        start_method_setup(
            container.method_setups, customer_id=alice, provider="stripe", now=container.clock.now()
        )
    assert rows(container, MethodSetup) == []


def test_one_setup_that_can_not_be_settled_holds_up_no_other(
    container: Container, clock: ManualClock, alice: int
) -> None:
    stuck = asked_for(container, alice)
    setup_id = asked_for(container, alice)
    given(container, setup_id)
    with container.transactions.begin(FACTORY) as work:
        work.method_setups.get(stuck).provider = "gone"
    clock.advance(minutes=2)

    assert finish_open_setups(container.method_setups, now=clock.now()) == 2
    assert rows(container, MethodSetup, id=setup_id)[0].state is SetupState.SAVED


def test_a_new_card_takes_over_from_the_one_it_replaces(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    (old,) = chargeable(container, alice)
    other = added(container, alice, "tok_declined_later")
    prefer_payment_method(container.transactions, customer_id=alice, method_id=old, now=container.clock.now())
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(1).payment_method_id = old

    new = added(container, alice, "tok_mastercard", replaces_id=old)

    assert chargeable(container, alice) == [new, other], "it is the default, as the old one was"
    assert rows(container, Subscription)[0].payment_method_id == new
    assert rows(container, PaymentMethod, id=old)[0].deleted_at == container.clock.now()
    assert [work.payload for work in promised(container, "payment.forget_method")] == [{"method_id": old}]


def test_the_same_card_again_is_still_one_method(container: Container, alice: int) -> None:
    first = added(container, alice)
    again = added(container, alice, replaces_id=first)

    assert (again, chargeable(container, alice)) == (first, [first])
    assert promised(container, "payment.forget_method") == []


def test_a_deleted_card_comes_back_only_when_its_owner_adds_it_again(
    container: Container, clock: ManualClock, alice: int
) -> None:
    setup_id = asked_for(container, alice)
    given(container, setup_id)
    method_id = added(container, alice)
    clock.advance(minutes=1)
    delete_payment_method(container.transactions, customer_id=alice, method_id=method_id, now=clock.now())
    late = finished(container, alice, setup_id)
    gone = chargeable(container, alice)
    clock.advance(minutes=1)
    again = added(container, alice)
    deliver_all(container)

    assert (late.state, late.payment_method_id) == (SetupState.FAILED, None), "it was asked for before"
    assert gone == []
    assert (again, chargeable(container, alice)) == (method_id, [method_id])
    report = container.test_acquirer.find_method(rows(container, PaymentMethod)[0].token)
    assert report is not None
    assert report.method is not None, "what is saved again is not forgotten"


def test_a_new_card_pays_what_has_failed_at_once(
    container: Container, clock: ManualClock, alice: int
) -> None:
    unpaid(container, clock)
    before = taken(container)

    added(container, alice, "tok_mastercard")
    deliver_all(container)

    assert taken(container) == [*before, PRICE]
    swept_at(container, clock, clock.now())
    assert taken(container) == [*before, PRICE]


def test_a_new_card_pays_no_order_that_only_waits(container: Container, invoice_id: int, alice: int) -> None:
    added(container, alice)
    deliver_all(container)

    assert taken(container) == []
