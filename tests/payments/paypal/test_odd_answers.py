"""Answers that PayPal should not give: none of them is taken for money, or for its absence."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from app.billing.payment import OutcomeKind
from app.billing.provider import RefundOrder, RefundOutcomeKind, SetupOutcomeKind, SetupRequest
from app.payments.paypal.provider import PayPalProvider
from tests.clock import ManualClock
from tests.payments.paypal.double.asking import CAPTURE, CREATE, PRICE, page_request, wallet_request
from tests.payments.paypal.double.server import Fault, PayPalDouble

READ = "GET /v2/checkout/orders/*"
LOG = "GET /v1/notifications/webhooks-events"
SETUP = "POST /v3/vault/setup-tokens"
EXCHANGE = "POST /v3/vault/payment-tokens"


def says(operation: str, body: dict[str, Any], status: int = 200) -> Fault:
    return Fault(operation, status=status, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": "VOIDED"}, OutcomeKind.ABANDONED),
        ({"status": "COMPLETED"}, OutcomeKind.UNKNOWN),
        ({"status": "COMPLETED", "purchase_units": [{"payments": {"captures": [{}]}}]}, OutcomeKind.UNKNOWN),
        ({"status": "COMPLETED", "purchase_units": "none"}, OutcomeKind.UNKNOWN),
        ({"status": "SAVED", "links": [{"rel": "self", "href": "x"}]}, OutcomeKind.AWAITING_CUSTOMER),
        ({"status": 17, "id": 17, "purchase_units": [17], "links": 17}, OutcomeKind.AWAITING_CUSTOMER),
    ],
)
def test_an_order_that_is_read(
    provider: PayPalProvider, paypal: PayPalDouble, answer: dict[str, Any], kind: OutcomeKind
) -> None:
    request = page_request()
    opened = provider.open_checkout(request)
    # Without a page to wait for, an order is captured; PayPal refuses what nobody has approved.
    paypal.faults.append(says(READ, {"id": opened.reference, **answer}))
    paypal.faults.append(Fault(CAPTURE, status=422, issue="ORDER_NOT_APPROVED"))
    assert provider.find(request.attempt_id).kind is kind
    assert paypal.books.taken() == []


def test_a_capture_that_shows_no_capture_is_unknown(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    request = page_request()
    paypal.books.approve(str(provider.open_checkout(request).reference))
    paypal.faults.append(says(CAPTURE, {"id": "O1", "status": "APPROVED"}, status=201))
    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.find(request.attempt_id).kind is OutcomeKind.SUCCEEDED


def test_refusals_of_reading_are_no_answers(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    request = page_request()
    provider.open_checkout(request)
    paypal.faults += [Fault(READ, status=400), Fault(READ, status=422), Fault(LOG, status=400)]
    assert provider.find(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.close_checkout(request.attempt_id).kind is OutcomeKind.UNKNOWN
    assert provider.events_since(clock.now()) is None


def test_a_refused_page_says_why(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    paypal.faults += [Fault(CREATE, status=400, issue="MALFORMED"), Fault(CREATE, status=404)]
    refused = provider.open_checkout(page_request())
    assert (refused.kind, refused.failure_code, refused.retry) == (OutcomeKind.FAILED, "MALFORMED", False)
    assert provider.open_checkout(page_request()).kind is OutcomeKind.NOT_FOUND


def test_an_error_without_details_goes_by_its_name_or_its_status(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    paypal.faults += [
        says(CREATE, {"name": "UNPROCESSABLE_ENTITY", "details": ["?", {"issue": 17}]}, status=422),
        Fault(CREATE, status=422, body=b"<html>"),
    ]
    assert provider.charge(wallet_request("t1")).failure_code == "UNPROCESSABLE_ENTITY"
    assert provider.charge(wallet_request("t1")).failure_code == "HTTP_422"


def test_a_log_without_an_end_is_no_log(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.payments.paypal.event_log.MOST_PAGES", 3)
    again = "https://elsewhere.test/?page_size=100&start_time=2026-03-02T09:00:00Z"
    paypal.faults += [says(LOG, {"links": [{"rel": "next", "href": again}]}) for _ in range(3)]
    assert provider.events_since(clock.now()) is None
    assert len(paypal.asked(LOG)) == 3


def test_what_is_no_event_in_the_log_is_left_out(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    events = [{"id": "WH-1"}, "?", {"id": "WH-2", "event_type": "A.B", "create_time": "?"}]
    paypal.faults.append(says(LOG, {"events": events}))
    found = provider.events_since(clock.now())
    assert found is not None
    assert [each.event_id for each in found] == ["WH-2"]


def test_an_event_that_names_no_order_does_not_find_a_lost_one(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    request = wallet_request(paypal.books.save_wallet("COMPLETED"))
    paypal.faults.append(Fault(CREATE, after=True))
    provider.charge(request)
    paypal.books.events[0]["resource"]["supplementary_data"] = {}
    assert provider.find(request.attempt_id).kind is OutcomeKind.NOT_FOUND


def test_setups_without_ids_are_unknown(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    wanted = SetupRequest(str(uuid.uuid4()), "7", "https://shop.test/methods", "EUR")
    paypal.faults.append(says(SETUP, {}, status=201))
    assert provider.open_setup(wanted).kind is SetupOutcomeKind.UNKNOWN
    provider.open_setup(wanted)
    (setup,) = paypal.books.setups.values()
    setup["status"] = "APPROVED"
    paypal.faults += [says(EXCHANGE, {}, status=201), Fault(EXCHANGE, status=422, issue="EXPIRED")]
    assert provider.find_setup(wanted.setup_id).kind is SetupOutcomeKind.UNKNOWN
    assert provider.find_setup(wanted.setup_id).failure_code == "EXPIRED"
    paypal.faults.append(Fault("GET /v3/vault/setup-tokens/*", status=400))
    assert provider.find_setup(wanted.setup_id).kind is SetupOutcomeKind.UNKNOWN
    paypal.faults.append(Fault("GET /v3/vault/payment-tokens/*", status=400))
    assert provider.find_method("t1") is None


def test_a_refund_of_a_capture_that_names_no_order_is_not_looked_for_in_vain(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    payment = str(provider.charge(wallet_request(paypal.books.save_wallet("COMPLETED"))).reference)
    wanted = RefundOrder(str(uuid.uuid4()), payment, PRICE)
    paypal.faults += [says("GET /v2/payments/captures/*", {"id": payment}), Fault(READ, status=400)]
    assert provider.find_refund(wanted).kind is RefundOutcomeKind.UNKNOWN
    assert provider.find_refund(wanted).kind is RefundOutcomeKind.UNKNOWN
