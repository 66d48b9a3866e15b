"""Events about refunds, disputes and methods: each is a hint to look, in any order and any number."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from app.billing.payment import AttemptState, EventSubject, GatewayEvent
from app.billing.provider import DisputeState
from app.billing.refunds import RefundStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Dispute,
    InvoiceLine,
    LedgerEntry,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    StaffTask,
    WebhookEvent,
    WebhookState,
)
from app.services.webhooks import NotKnownYet, ProviderSilent, process_webhook, receive_webhook
from tests.factories import FACTORY, buy, deliver_all, mails, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.services.charges import opened
from tests.services.refunding import approve, asked
from tests.services.sending import UnreliableAcquirer, order_of, refunds_of, sent, tasks, the_refund

LATER = timedelta(minutes=31)


def receive(container: Container, event: GatewayEvent) -> None:
    receive_webhook(container.transactions, provider="test", event=event, real_now=container.wall_clock.now())


def process(
    container: Container, event_id: int, *, after: timedelta = timedelta(0), **providers: Any
) -> None:
    process_webhook(
        container.charging,
        container.providers | providers,
        webhook_event_id=event_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now() + after,
    )


def told(container: Container) -> list[GatewayEvent]:
    """Everything that the acquirer has to tell."""
    return list(container.test_acquirer.events_since(container.wall_clock.now() - timedelta(days=1)) or [])


def last_told(container: Container, subject: EventSubject) -> GatewayEvent:
    return [event for event in told(container) if event.subject is subject][-1]


@pytest.fixture
def bought(container: Container, alice: int) -> Payment:
    registered(container, alice)
    buy(container, alice, "crm-connector")
    deliver_all(container)
    (payment,) = rows(container, Payment)
    return payment


@pytest.fixture
def refund(container: Container, alice: int, bought: Payment) -> Refund:
    """A refund that was sent, and whose answer nobody heard."""
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    line = UnreliableAcquirer(container)
    line.mute = True
    sent(container, line)
    assert the_refund(container).status is RefundStatus.SENDING
    return the_refund(container)


def test_what_an_event_speaks_of_is_stored(container: Container) -> None:
    receive(container, GatewayEvent("evt_1", "refund.updated", None, EventSubject.REFUND, "re_1"))
    receive(container, GatewayEvent("evt_2", "charge.updated", "not one of ours"))
    stored = [
        (each.subject, each.object_reference, each.attempt_id) for each in rows(container, WebhookEvent)
    ]
    assert stored == [(EventSubject.REFUND, "re_1", None), (EventSubject.PAYMENT, None, None)]


# Refunds.


def test_an_event_tells_of_a_refund_whose_answer_was_lost(container: Container, refund: Refund) -> None:
    receive(container, last_told(container, EventSubject.REFUND))
    deliver_all(container)
    assert the_refund(container).status is RefundStatus.SENT
    assert [event.state for event in rows(container, WebhookEvent)] == [WebhookState.PROCESSED]
    assert_everything_ties(container)


def test_an_event_tells_of_a_refund_that_came_back(container: Container, refund: Refund) -> None:
    for state in ("succeeded", "failed"):
        container.test_acquirer.change_refund(str(order_of(container)), state)
        receive(container, last_told(container, EventSubject.REFUND))
        deliver_all(container)
    assert the_refund(container).status is RefundStatus.FAILED
    assert tasks(container) == ["refund_returned"]
    assert_everything_ties(container)


def test_a_hundred_copies_of_one_event_have_one_effect(container: Container, refund: Refund) -> None:
    event = last_told(container, EventSubject.REFUND)
    for _ in range(5):
        at_once(*[partial(receive, container, event)] * 20)
    (stored,) = rows(container, WebhookEvent)
    outcomes = at_once(*[partial(process, container, stored.id)] * 20)
    assert outcomes.refusals == []
    assert len(rows(container, LedgerEntry, kind="refund_sent")) == 1
    assert len(refunds_of(container)) == 1
    assert_everything_ties(container)
    assert mails(container).count("refund_sent") == 1


def test_an_event_waits_while_the_provider_is_silent(container: Container, refund: Refund) -> None:
    receive(container, last_told(container, EventSubject.REFUND))
    quiet = UnreliableAcquirer(container)
    quiet.deaf = True
    (stored,) = rows(container, WebhookEvent)
    with pytest.raises(ProviderSilent):
        process(container, stored.id, test=quiet)
    assert rows(container, WebhookEvent)[0].state is WebhookState.RECEIVED


@pytest.mark.parametrize(
    ("subject", "reference", "task"),
    [
        (EventSubject.REFUND, "re_of_somebody", "unknown_refund_event"),
        (EventSubject.DISPUTE, None, None),
        (EventSubject.METHOD, "pm:tok_visa:999", None),
        (EventSubject.METHOD, None, None),
        (EventSubject.OTHER, "acct_1", None),
        (EventSubject.PAYMENT, None, None),
    ],
)
def test_events_about_nothing_of_ours_are_ignored(
    container: Container, subject: EventSubject, reference: str | None, task: str | None
) -> None:
    receive(container, GatewayEvent("evt_1", "something", None, subject, reference))
    (stored,) = rows(container, WebhookEvent)
    if task is not None or subject is EventSubject.DISPUTE:
        with pytest.raises(NotKnownYet):
            process(container, stored.id)
    process(container, stored.id, after=LATER)
    (stored,) = rows(container, WebhookEvent)
    assert stored.state is WebhookState.IGNORED
    assert tasks(container) == ([task] if task else ["unknown_dispute_event"] if subject == "dispute" else [])
    process(container, stored.id, after=LATER)
    assert len(rows(container, StaffTask)) <= 1


def test_money_that_leaves_without_us_is_told_to_staff(container: Container, bought: Payment) -> None:
    reference = container.test_acquirer.open_dispute("ch_of_another_shop", bought.amount)
    receive(container, GatewayEvent("evt_1", "dispute", None, EventSubject.DISPUTE, reference))
    (stored,) = rows(container, WebhookEvent)
    with pytest.raises(NotKnownYet):
        process(container, stored.id)
    process(container, stored.id, after=LATER)
    assert tasks(container) == ["unknown_dispute_event"]
    assert rows(container, Dispute) == []


# Methods.


def test_a_renewed_card_has_its_new_number(container: Container, bought: Payment) -> None:
    (method,) = rows(container, PaymentMethod)
    container.test_acquirer.change_method(method.token, last4="0005")
    for number in range(2):
        event = last_told(container, EventSubject.METHOD)
        receive(
            container, GatewayEvent(f"evt_{number}", event.kind, None, event.subject, event.object_reference)
        )
    deliver_all(container)
    assert rows(container, PaymentMethod)[0].masked == "Visa •••• 0005"
    (told_of,) = rows(container, AuditEntry, action="payment_method.update")
    assert told_of.details == {"masked": "Visa •••• 0005", "chargeable": True}


def test_a_card_that_is_gone_is_not_charged_until_it_is_back(
    container: Container, alice: int, bought: Payment
) -> None:
    def chargeable() -> int:
        with container.transactions.reading() as repositories:
            by_all = repositories.payment_methods.of_customers([alice])
            assert by_all.get(alice, []) == list(repositories.payment_methods.of_customer(alice))
            return len(by_all.get(alice, []))

    (method,) = rows(container, PaymentMethod)
    for is_gone, left in ((True, 0), (False, 1)):
        container.test_acquirer.change_method(method.token, is_gone=is_gone)
        receive(container, last_told(container, EventSubject.METHOD))
        deliver_all(container)
        assert chargeable() == left
    deeds = rows(container, AuditEntry, action="payment_method.update")
    assert [deed.details["chargeable"] for deed in deeds] == [False, True]


def test_paying_with_a_card_that_was_gone_keeps_it_again(
    container: Container, alice: int, bought: Payment
) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.payment_methods.get(1).unusable_since = container.clock.now()
    buy(container, alice, "mail-connector")
    assert [each.unusable_since for each in rows(container, PaymentMethod)] == [None]


def test_a_deleted_card_stays_deleted(container: Container, bought: Payment) -> None:
    (method,) = rows(container, PaymentMethod)
    with container.transactions.begin(FACTORY) as work:
        work.payment_methods.get(method.id).deleted_at = container.clock.now()
    container.test_acquirer.change_method(method.token, last4="0005")
    receive(container, last_told(container, EventSubject.METHOD))
    deliver_all(container)
    assert rows(container, PaymentMethod)[0].last4 == "4242"
    assert rows(container, WebhookEvent)[0].state is WebhookState.PROCESSED


# Any order.


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_four_events_in_any_order_end_in_one_state(
    container: Container, alice: int, invoice_id: int, order: tuple[int, ...]
) -> None:
    registered(container, alice)
    attempt_id = opened(container, alice, invoice_id)
    paid = container.test_acquirer.pay(str(attempt_id), "tok_visa")
    assert paid.reference is not None
    assert paid.amount is not None
    dispute = container.test_acquirer.open_dispute(paid.reference, paid.amount)
    container.test_acquirer.end_dispute(dispute, DisputeState.LOST)
    container.test_acquirer.change_method(f"pm:tok_visa:{alice}", last4="0005")
    events = told(container)
    assert len(events) == 4
    for number in order:
        receive(container, events[number])
        (stored,) = rows(container, WebhookEvent, event_id=events[number].event_id)
        with suppress(NotKnownYet):
            process(container, stored.id)
    for stored in rows(container, WebhookEvent, state=WebhookState.RECEIVED):
        process(container, stored.id)  # as the outbox hands it over again

    assert [each.state for each in rows(container, PaymentAttempt)] == [AttemptState.SUCCEEDED]
    assert [each.amount for each in rows(container, Payment)] == [paid.amount]
    (row,) = rows(container, Dispute)
    assert (row.state, row.lost) == (DisputeState.LOST, paid.amount)
    assert tasks(container) == ["dispute_lost"]
    states = {each.subject: each.state for each in rows(container, WebhookEvent)}
    assert states.pop(EventSubject.METHOD) in {WebhookState.PROCESSED, WebhookState.IGNORED}
    assert set(states.values()) == {WebhookState.PROCESSED}
    assert_everything_ties(container)
