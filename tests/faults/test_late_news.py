"""What providers tell before we are done, or long after: one payment, no money lost (faults 18, 20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState, ChargeOutcome, ChargeRequest, GatewayEvent, OutcomeKind
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import LedgerEntry, Payment, PaymentAttempt, Subscription, SubscriptionPeriod, WebhookEvent
from app.payments.test_acquirer.gateway import TestAcquirer
from app.services.charging import janitor
from app.services.settlement import settle_attempt
from app.services.webhooks import process_webhook, receive_webhook
from tests.bank import bring, line
from tests.clock import ManualClock
from tests.factories import deliver_all, mails, order, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.payments.gateways import METHOD
from tests.services.charges import PRICE, charge, opened, states, status, taken
from tests.services.refunding import credit
from tests.services.sending import tasks


def news_of(container: Container, attempt_id: str) -> GatewayEvent:
    """The acquirer's webhook about the attempt."""
    body, signature = container.test_acquirer.signed_event(attempt_id)
    return container.test_acquirer.read_event(body, signature, container.wall_clock.now())


def receive(container: Container, event: GatewayEvent) -> None:
    receive_webhook(container.transactions, provider="test", event=event, real_now=container.wall_clock.now())


def process(container: Container, webhook_event_id: int) -> None:
    process_webhook(
        container.charging,
        container.providers,
        webhook_event_id=webhook_event_id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


class Hasty(TestAcquirer):
    """Its webhook arrives and is processed before it answers the charge."""

    def __init__(self, container: Container) -> None:
        vars(self).update(vars(container.test_acquirer))
        self.container = container
        self.seen: list[list[AttemptState]] = []

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        outcome = super().charge(request)
        receive(self.container, news_of(self.container, request.attempt_id))
        (event,) = rows(self.container, WebhookEvent)
        process(self.container, event.id)
        self.seen.append([attempt.state for attempt in rows(self.container, PaymentAttempt)])
        return outcome


def test_a_webhook_that_is_faster_than_the_answer_is_the_same_payment(
    container: Container, alice: int, invoice_id: int, method_id: int
) -> None:
    hasty = Hasty(container)
    before = len(rows(container, Payment))

    charge(
        container,
        invoice_id,
        method_id,
        charging=replace(container.charging, gateways={"test": hasty}),
    )
    deliver_all(container)

    assert AttemptState.SUCCEEDED in hasty.seen[0], "the webhook had settled it by then"
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert status(container, invoice_id) is InvoiceStatus.PAID
    assert len(rows(container, Payment)) == before + 1
    received = rows(container, LedgerEntry, kind="money_received", invoice_id=invoice_id)
    assert [entry.amount_minor for entry in received] == [PRICE.minor]
    assert mails(container).count("payment_received") == before + 1


def test_a_hundred_copies_of_the_news_of_one_payment_have_one_effect(
    container: Container, alice: int, invoice_id: int
) -> None:
    registered(container, alice)
    attempt_id = str(opened(container, alice, invoice_id))
    container.test_acquirer.pay(attempt_id, "tok_visa")
    event = news_of(container, attempt_id)

    for _ in range(5):
        assert at_once(*[partial(receive, container, event)] * 20).refusals == []
    (stored,) = rows(container, WebhookEvent)
    for _ in range(5):
        assert at_once(*[partial(process, container, stored.id)] * 20).refusals == []

    assert len(rows(container, Payment)) == 1
    assert len(rows(container, SubscriptionPeriod)) == 1
    assert_everything_ties(container)
    assert mails(container).count("payment_received") == 1


@pytest.mark.parametrize("late_by", [timedelta(minutes=1), timedelta(days=3)])
def test_a_page_that_was_left_then_a_transfer_then_the_cards_late_success(
    container: Container, clock: ManualClock, alice: int, invoice_id: int, late_by: timedelta
) -> None:
    """One period; what the card paid as well is on the balance, and pays the next order."""
    registered(container, alice)
    vars(container)["wall_clock"] = clock
    attempt_id = opened(container, alice, invoice_id)
    clock.advance(minutes=31)
    janitor(container.charging, now=clock.now(), real_now=clock.now())
    assert states(container, invoice_id) == [AttemptState.ABANDONED]
    bring(container, line("Оплата по счету СЧ-2026-000001"))
    assert status(container, invoice_id) is InvoiceStatus.PAID
    clock.advance(seconds=late_by.total_seconds())

    late = ChargeOutcome(OutcomeKind.SUCCEEDED, "ch_late", amount=PRICE, method=METHOD)
    for _ in range(2):
        settle_attempt(container.transactions, attempt_id=attempt_id, outcome=late, now=clock.now())
    deliver_all(container)

    assert len(rows(container, SubscriptionPeriod)) == 1
    assert [(each.provider, each.unallocated_minor) for each in rows(container, Payment)] == [
        ("bank", 0),
        ("test", PRICE.minor),
    ]
    assert credit(container) == PRICE.minor
    assert tasks(container).count("unallocated_payment") == 1
    second = order(container, alice, "mail-connector")
    assert status(container, second) is InvoiceStatus.PAID, "the balance pays what comes next"
    assert credit(container) == 0
    assert [row.status for row in rows(container, Subscription)] == [SubscriptionStatus.ACTIVE] * 2
    assert taken(container) == []
