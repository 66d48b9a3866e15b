"""Webhooks over HTTP: what a provider proves to have sent is stored once, anything else not at all."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app import create_public_app
from app.billing.payment import EventSubject
from app.bootstrap import Container
from app.models import WebhookEvent
from app.payments.paypal.provider import PayPalProvider
from app.payments.paypal.settings import PayPalSettings
from app.payments.stripe import StripeProvider, StripeSettings
from app.public_api.webhooks import WEBHOOKS
from tests.clock import ManualClock
from tests.factories import promised, rows
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import CLIENT, WEBHOOK_ID, Fault, PayPalDouble

SECRETS = ("whsec_present", "whsec_former")
MOST_AT_ONCE = 60


@pytest.fixture
def paypal(clock: ManualClock) -> Iterator[PayPalDouble]:
    """PayPal, which is asked about what came."""
    with PayPalDouble(clock) as double:
        yield double


@pytest.fixture
def sent(app_of_providers: Flask) -> FlaskClient:
    """Somebody on the internet: no cookie, no token."""
    return app_of_providers.test_client()


@pytest.fixture
def app_of_providers(container: Container, clock: ManualClock, paypal: PayPalDouble) -> Flask:
    """The product with all providers; real time is the tests' time."""
    vars(container)["wall_clock"] = clock
    settings = PayPalSettings(*CLIENT, webhook_id=WEBHOOK_ID, base_url=paypal.url)
    vars(container)["paypal"] = PayPalProvider(settings, clock, MemoryBook())
    stripe = StripeProvider(StripeSettings("sk_test_51NeverInAnyLog", SECRETS), clock)
    vars(container)["gateways"] = {
        "test": container.test_acquirer,
        "stripe": stripe,
        "paypal": container.paypal,
    }
    return create_public_app(container)


def stripe_event(attempt_id: str, **changes: Any) -> bytes:
    intent = {"object": "payment_intent", "id": "pi_1", "metadata": {"attempt_id": attempt_id}}
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "livemode": False, "data": {"object": intent}}
    return json.dumps(event | changes).encode()


def signature(body: bytes, clock: ManualClock, secret: str = SECRETS[0]) -> str:
    stamp = int(clock.now().timestamp())
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={signed}"


def to_stripe(client: FlaskClient, body: bytes, signed: str) -> TestResponse:
    return client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signed})


@pytest.mark.parametrize("secret", SECRETS)
def test_what_stripe_signed_is_stored_once(
    container: Container, sent: FlaskClient, clock: ManualClock, secret: str
) -> None:
    attempt_id = str(uuid4())
    body = stripe_event(attempt_id)
    answers = [to_stripe(sent, body, signature(body, clock, secret)) for _ in range(3)]
    (stored,) = rows(container, WebhookEvent)

    assert [answer.status_code for answer in answers] == [200] * 3
    assert (stored.provider, stored.event_id, stored.kind) == ("stripe", "evt_1", "payment_intent.succeeded")
    assert len(promised(container, "payment.webhook")) == 1


def test_what_stripe_did_not_sign_is_refused_and_not_stored(
    container: Container, sent: FlaskClient, clock: ManualClock
) -> None:
    body = stripe_event(str(uuid4()))
    good = signature(body, clock)
    live = stripe_event(str(uuid4()), livemode=True)
    clock.advance(minutes=6)
    old = to_stripe(sent, body, good)
    refused = [
        old,
        to_stripe(sent, body, ""),
        to_stripe(sent, body, signature(body, clock, "whsec_of_somebody_else")),
        to_stripe(sent, body + b" ", signature(body, clock)),
        sent.post("/webhooks/stripe", data=body),
    ]
    other_mode = to_stripe(sent, live, signature(live, clock))

    assert {(answer.status_code, answer.json["code"]) for answer in refused if answer.json} == {
        (400, "BAD_SIGNATURE")
    }
    assert (other_mode.status_code, other_mode.json and other_mode.json["code"]) == (400, "MODE_MISMATCH")
    assert rows(container, WebhookEvent) == []
    assert promised(container, "payment.webhook") == []


@pytest.mark.parametrize("path", ["/webhooks/stripe", "/webhooks/paypal", "/webhooks/paypal-ipn"])
def test_a_body_without_end_is_refused_unread(container: Container, sent: FlaskClient, path: str) -> None:
    answer = sent.post(path, data=b"x" * (256 * 1024 + 1))

    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["code"] == "BODY_TOO_LARGE"
    assert rows(container, WebhookEvent) == []


@pytest.mark.parametrize("path", ["/webhooks/nobody", "/webhooks/stripe", "/webhooks/paypal-ipn"])
def test_a_provider_that_is_not_set_up_is_not_there(app: Flask, container: Container, path: str) -> None:
    answer = app.test_client().post(path, data=b"{}")

    assert answer.status_code == 404
    assert rows(container, WebhookEvent) == []


def paypal_headers(signed: str) -> dict[str, str]:
    return {f"PayPal-{name.replace('_', '-')}": value for name, value in json.loads(signed).items()}


def paypal_event() -> dict[str, Any]:
    return {
        "id": "WH-1",
        "event_type": "CUSTOMER.DISPUTE.CREATED",
        "resource_type": "dispute",
        "resource": {"dispute_id": "PP-D-1"},
    }


def test_what_paypal_says_it_sent_is_stored_once(
    container: Container, sent: FlaskClient, paypal: PayPalDouble
) -> None:
    body, signed = paypal.webhook(paypal_event())
    answers = [sent.post("/webhooks/paypal", data=body, headers=paypal_headers(signed)) for _ in range(2)]
    (stored,) = rows(container, WebhookEvent)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (stored.provider, stored.event_id) == ("paypal", "WH-1")
    assert (stored.subject, stored.object_reference) == (EventSubject.DISPUTE, "PP-D-1")


def test_what_paypal_did_not_send_is_refused_and_not_stored(
    container: Container, sent: FlaskClient, paypal: PayPalDouble
) -> None:
    body, signed = paypal.webhook(paypal_event())
    headers = paypal_headers(signed)
    refused = [
        sent.post("/webhooks/paypal", data=body),
        sent.post("/webhooks/paypal", data=body.replace(b"PP-D-1", b"PP-D-2"), headers=headers),
        sent.post("/webhooks/paypal-ipn", data=b"txn_id=1&payment_status=Completed"),
        sent.post("/webhooks/paypal-ipn", data=b""),
    ]

    assert [(answer.status_code, answer.json and answer.json["code"]) for answer in refused] == [
        (400, "BAD_SIGNATURE")
    ] * 4
    assert rows(container, WebhookEvent) == []


def test_the_older_ipn_is_posted_back_in_its_own_bytes(
    container: Container, sent: FlaskClient, paypal: PayPalDouble
) -> None:
    attempt_id = uuid4()
    body = f"txn_id=9&payment_status=Completed&custom={attempt_id}&first_name=%CE%F1".encode()
    paypal.ipn_sent.add(body)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = sent.post("/webhooks/paypal-ipn", data=body, headers=headers)
    (stored,) = rows(container, WebhookEvent)

    assert answer.status_code == 200
    assert (stored.provider, stored.kind, stored.attempt_id) == ("paypal", "ipn.Completed", attempt_id)


def test_no_rate_limit_loses_an_event(container: Container, sent: FlaskClient, clock: ManualClock) -> None:
    for number in range(MOST_AT_ONCE):
        body = stripe_event(str(uuid4()), id=f"evt_{number}")
        assert to_stripe(sent, body, signature(body, clock)).status_code == 200

    assert len(rows(container, WebhookEvent)) == MOST_AT_ONCE


def test_what_is_stored_and_what_is_refused_is_counted(
    sent: FlaskClient, clock: ManualClock, paypal: PayPalDouble
) -> None:
    def counted(provider: str, outcome: str) -> float:
        return float(WEBHOOKS.labels(provider, outcome)._value.get())

    expected = (
        ("stripe", "stored"), ("stripe", "BAD_SIGNATURE"), ("stripe", "MODE_MISMATCH"),
        ("paypal", "BAD_SIGNATURE"), ("paypal", "PROVIDER_UNAVAILABLE"),
    )  # fmt: skip
    before = {each: counted(*each) for each in expected}
    body, live = stripe_event(str(uuid4())), stripe_event(str(uuid4()), livemode=True)
    to_stripe(sent, body, signature(body, clock))
    to_stripe(sent, body, "")
    to_stripe(sent, live, signature(live, clock))
    sent.post("/webhooks/paypal-ipn", data=b"txn_id=T1")
    paypal.faults.append(Fault("POST /cgi-bin/webscr", status=500))
    sent.post("/webhooks/paypal-ipn", data=b"txn_id=T2")
    page = sent.get("/metrics").text

    assert {each: counted(*each) - before[each] for each in expected} == dict.fromkeys(expected, 1.0)
    assert 'bpm_webhooks_total{outcome="BAD_SIGNATURE",provider="stripe"}' in page


def test_a_refusal_is_logged_by_its_code_alone(sent: FlaskClient, clock: ManualClock) -> None:
    body = stripe_event("canary")
    with capture_logs() as lines:
        to_stripe(sent, body, "t=1,v1=canary")
    (told,) = [line for line in lines if line["event"] == "webhook_refused"]
    assert told == {
        "event": "webhook_refused",
        "log_level": "warning",
        "provider": "stripe",
        "code": "BAD_SIGNATURE",
    }
