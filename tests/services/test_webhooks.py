"""Webhooks: a hint stored once, applied by asking the provider (design §2.6)."""

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from app.billing.payment import AttemptState, EventSubject, GatewayEvent
from app.bootstrap import Container
from app.models import Payment, WebhookEvent, WebhookState
from app.services.webhooks import ProviderSilent, process_webhook, receive_webhook
from tests.factories import deliver_all, mails, promised, rows
from tests.parallel import at_once
from tests.payments.gateways import silent
from tests.services.charges import checkout, states


def receive(container: Container, event: GatewayEvent) -> None:
    receive_webhook(container.transactions, provider="test", event=event, real_now=container.wall_clock.now())


def event_about(container: Container, attempt_id: UUID | str) -> GatewayEvent:
    body, signature = container.test_acquirer.signed_event(str(attempt_id))
    return container.test_acquirer.read_event(body, signature, container.wall_clock.now())


def paid_page(container: Container, customer_id: int, invoice_id: int) -> str:
    attempt_id = checkout(container, customer_id, invoice_id).rsplit("/", 1)[1]
    container.test_acquirer.pay(attempt_id, "tok_visa")
    return attempt_id


def test_one_event_twenty_times_at_once_is_one_payment(
    container: Container, alice: int, invoice_id: int
) -> None:
    event = event_about(container, paid_page(container, alice, invoice_id))

    at_once(*[partial(receive, container, event)] * 20)
    deliver_all(container)
    receive(container, event)
    deliver_all(container)

    assert len(promised(container, "payment.webhook")) == 1
    (stored,) = rows(container, WebhookEvent)
    assert stored.state is WebhookState.PROCESSED
    assert len(rows(container, Payment)) == 1
    assert mails(container).count("payment_received") == 1


def test_twenty_events_about_one_charge_are_one_payment(
    container: Container, alice: int, invoice_id: int
) -> None:
    attempt_id = paid_page(container, alice, invoice_id)
    for number in range(20):
        event = replace(event_about(container, attempt_id), event_id=f"evt_{number}")
        receive(container, event)
    process = [
        partial(
            process_webhook,
            container.charging,
            container.providers,
            webhook_event_id=event.id,
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )
        for event in rows(container, WebhookEvent)
    ]

    at_once(*process)

    assert len(rows(container, Payment)) == 1
    assert {event.state for event in rows(container, WebhookEvent)} == {WebhookState.PROCESSED}


def test_an_event_proves_nothing_by_itself(container: Container, alice: int, invoice_id: int) -> None:
    attempt_id = checkout(container, alice, invoice_id).rsplit("/", 1)[1]
    receive(container, event_about(container, attempt_id))
    deliver_all(container)
    assert states(container, invoice_id) == [AttemptState.AWAITING_CUSTOMER]
    assert rows(container, Payment) == []


def test_an_event_about_nothing_of_ours_is_ignored(container: Container) -> None:
    receive(container, event_about(container, uuid4()))
    receive(container, GatewayEvent("evt_1", "account.updated", None, EventSubject.OTHER))
    with capture_logs() as lines:
        deliver_all(container)
    told = [line["kind"] for line in lines if line["event"] == "webhook_of_nothing"]
    assert told == ["charge.updated"], "somebody else's payment is told of in the log"
    assert [event.state for event in rows(container, WebhookEvent)] == [WebhookState.IGNORED] * 2


def test_an_event_waits_while_the_provider_is_silent(
    container: Container, alice: int, invoice_id: int
) -> None:
    receive(container, event_about(container, paid_page(container, alice, invoice_id)))
    with pytest.raises(ProviderSilent):
        process_webhook(
            replace(container.charging, gateways={"test": silent()}),
            container.providers,
            webhook_event_id=rows(container, WebhookEvent)[0].id,
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )
    assert rows(container, WebhookEvent)[0].state is WebhookState.RECEIVED
    deliver_all(container)
    assert rows(container, WebhookEvent)[0].state is WebhookState.PROCESSED
    assert len(rows(container, Payment)) == 1


def test_an_event_is_processed_once(container: Container, alice: int, invoice_id: int) -> None:
    receive(container, event_about(container, paid_page(container, alice, invoice_id)))
    deliver_all(container)
    quiet = silent()
    process_webhook(
        replace(container.charging, gateways={"test": quiet}),
        container.providers,
        webhook_event_id=rows(container, WebhookEvent)[0].id,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    assert quiet.asked == []
