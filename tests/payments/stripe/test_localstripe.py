"""The adapter before a Stripe that nobody here wrote: localstripe, in a process of its own.

It knows no keys, no Checkout and no search; for these there is the double.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from stripe import StripeClient

from app.billing.money import Money
from app.billing.payment import ChargeRequest, EventSubject, OutcomeKind
from app.billing.provider import RefundOutcomeKind
from app.payments.stripe import StripeProvider, StripeSettings
from app.repositories.clock import SystemClock
from tests.payments.stripe.conftest import BACK, KEY, SECRETS
from tests.payments.stripe.double import cards
from tests.payments.stripe.refunding import order_for

SERVER = Path(__file__).with_name("localstripe_server.py")
WEBHOOK_TERM = 5
"""Seconds; localstripe sends a webhook one second after the event."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where localstripe answers; it ends with the tests."""
    command = [sys.executable, "-P", str(SERVER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


@pytest.fixture
def localstripe(address: str) -> StripeProvider:
    return StripeProvider(StripeSettings(KEY, SECRETS, BACK, base_url=address), SystemClock())


@pytest.fixture
def desk(address: str) -> StripeClient:
    """Makes customers and cards, as Stripe's own pages do."""
    return StripeClient(KEY, base_addresses={"api": address})


def request_with(desk: StripeClient, number: str) -> ChargeRequest:
    """A charge of a card that a new customer has saved."""
    method = desk.v1.payment_methods.create(
        {"type": "card", "card": {"number": number, "exp_month": 8, "exp_year": 2030, "cvc": "123"}}
    )
    desk.v1.payment_methods.attach(method.id, {"customer": desk.v1.customers.create().id})
    return ChargeRequest(str(uuid4()), Money(99_000, "RUB"), "BPM-2026-000017", "42", method_token=method.id)


def test_a_saved_card_is_charged_without_the_customer(
    localstripe: StripeProvider, desk: StripeClient
) -> None:
    outcome = localstripe.charge(request_with(desk, cards.VISA))
    assert (outcome.kind, outcome.amount) == (OutcomeKind.SUCCEEDED, Money(99_000, "RUB"))
    assert outcome.method is not None
    assert (outcome.method.brand, outcome.method.last4) == ("Visa", "4242")
    intent = desk.v1.payment_intents.retrieve(outcome.reference or "")
    assert (intent.amount, intent.currency, intent.status) == (99_000, "rub", "succeeded")


def test_a_decline_takes_nothing(localstripe: StripeProvider, desk: StripeClient) -> None:
    outcome = localstripe.charge(request_with(desk, cards.DECLINED))
    assert (outcome.kind, outcome.failure_code) == (OutcomeKind.FAILED, "card_declined")
    assert outcome.retry


def test_a_charge_that_the_bank_wants_confirmed_is_cancelled(address: str, desk: StripeClient) -> None:
    without_page = StripeProvider(StripeSettings(KEY, SECRETS, base_url=address), SystemClock())
    outcome = without_page.charge(request_with(desk, cards.CONFIRM))
    assert (outcome.kind, outcome.failure_code) == (OutcomeKind.FAILED, "authentication_required")
    assert not outcome.retry
    assert desk.v1.payment_intents.retrieve(outcome.reference or "").status == "canceled"


def test_money_goes_back_once(localstripe: StripeProvider, desk: StripeClient) -> None:
    paid = localstripe.charge(request_with(desk, cards.VISA))
    order = order_for(paid, minor=40_000)
    first = localstripe.refund(order)
    assert (first.kind, first.amount) == (RefundOutcomeKind.SUCCEEDED, Money(40_000, "RUB"))
    assert localstripe.refund(order) == first
    refunds = desk.v1.refunds.list({"payment_intent": paid.reference or ""})
    assert [refund.amount for refund in refunds.data] == [40_000]


def test_a_forgotten_card_is_charged_no_more(localstripe: StripeProvider, desk: StripeClient) -> None:
    request = request_with(desk, cards.VISA)
    assert localstripe.forget_method(request.method_token or "")
    assert localstripe.charge(request).kind is OutcomeKind.FAILED
    report = localstripe.find_method(request.method_token or "")
    assert report is not None
    assert report.method is None


def test_its_signed_webhook_is_believed_and_its_events_are_listed(
    localstripe: StripeProvider, desk: StripeClient, address: str
) -> None:
    request = request_with(desk, cards.VISA)
    begun = datetime.now(UTC)  # noqa: TID251 - localstripe lives in real time
    with HTTPServer(("127.0.0.1", 0), Mailbox) as mailbox:
        mailbox.timeout = WEBHOOK_TERM
        register(address, f"http://127.0.0.1:{mailbox.server_port}/")
        localstripe.charge(request)
        body, header = next(about(request, mailbox))
    now = datetime.now(UTC)  # noqa: TID251 - localstripe lives in real time
    event = localstripe.read_event(body, header, now)
    assert (event.kind, event.subject) == ("payment_intent.succeeded", EventSubject.PAYMENT)
    assert event.attempt_id == request.attempt_id
    listed = localstripe.events_since(begun)
    assert listed is not None
    assert request.attempt_id in {each.attempt_id for each in listed}


def about(request: ChargeRequest, mailbox: HTTPServer) -> Iterator[tuple[bytes, str]]:
    """What comes in and speaks of this attempt; payments of other tests may be announced before."""
    for _ in range(10):
        mailbox.handle_request()
        while Mailbox.received:
            body, header = Mailbox.received.pop()
            if request.attempt_id.encode() in body:
                yield body, header


class Mailbox(BaseHTTPRequestHandler):
    """Takes webhooks."""

    received: list[tuple[bytes, str]] = []  # noqa: RUF012 - the library makes a mailbox for every request

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((body, self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


def register(address: str, url: str) -> None:
    """Have payments announced here."""
    form = {"url": url, "secret": SECRETS[0], "events[]": "payment_intent.succeeded"}
    urllib.request.urlopen(  # noqa: S310 - an address of this test
        f"{address}/_config/webhooks/tests", urllib.parse.urlencode(form).encode()
    ).close()
