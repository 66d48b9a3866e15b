"""Webhooks and IPN: nothing is believed without PayPal's word on the very bytes (H1; faults 21-24)."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from app.billing.errors import Conflict, InvalidInput
from app.billing.payment import EventSubject, GatewayEvent
from app.payments.paypal.provider import PayPalProvider
from app.payments.paypal.settings import PayPalEnvironment, PayPalSettings
from tests.clock import ManualClock
from tests.payments.paypal.double.asking import page_request, wallet_request
from tests.payments.paypal.double.order_book import MemoryBook
from tests.payments.paypal.double.server import CLIENT, WEBHOOK_ID, Fault, PayPalDouble

VERIFY = "POST /v1/notifications/verify-webhook-signature"
ATTEMPT = "6f1c2a56-7b0e-4f5e-9a0b-0a1b2c3d4e5f"


def event(kind: str = "PAYMENT.CAPTURE.COMPLETED", **resource: Any) -> dict[str, Any]:
    return {
        "id": "WH-1",
        "event_type": kind,
        "create_time": "2026-03-02T09:00:00Z",
        "resource": {"id": "C1", "custom_id": ATTEMPT, **resource},
        "summary": "Оплата € 12,50 </script>",
    }


def read(provider: PayPalProvider, clock: ManualClock, body: bytes, signature: str) -> GatewayEvent:
    return provider.read_event(body, signature, clock.now())


def test_a_message_of_paypal_is_read(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    found = read(provider, clock, *paypal.webhook(event()))
    assert found == GatewayEvent("WH-1", "PAYMENT.CAPTURE.COMPLETED", ATTEMPT)
    assert paypal.asked(VERIFY)[0].body["webhook_id"] == WEBHOOK_ID


@pytest.mark.parametrize("place", [0, 10, -2])
def test_one_altered_byte_is_refused(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, place: int
) -> None:
    body, signature = paypal.webhook(event())
    altered = bytearray(body)
    altered[place] ^= 1
    with pytest.raises(InvalidInput) as refused:
        read(provider, clock, bytes(altered), signature)
    assert refused.value.code == "BAD_SIGNATURE"


def test_the_same_document_in_other_bytes_is_refused(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    body, signature = paypal.webhook(event())
    with pytest.raises(InvalidInput):
        read(provider, clock, json.dumps(json.loads(body)).encode(), signature)


@pytest.mark.parametrize(
    "header", ["transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo"]
)
@pytest.mark.parametrize("value", [None, "", 7, "x" * 501])
def test_a_message_without_one_of_its_headers_is_refused_unasked(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, header: str, value: object
) -> None:
    body, signature = paypal.webhook(event())
    headers = {**json.loads(signature), header: value}
    with pytest.raises(InvalidInput):
        read(provider, clock, body, json.dumps(headers))
    assert paypal.seen == []


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "[]", "null", "{}", "[" * 100_000])
def test_a_signature_that_is_none_is_refused(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, signature: str
) -> None:
    body, _ = paypal.webhook(event())
    with pytest.raises(InvalidInput):
        read(provider, clock, body, signature)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff", b"not json", b'{}, "webhook_id": "ANOTHER"', b'{"id": "WH-1"}', b"[" * 100_000],
)
def test_a_body_that_is_no_event_is_refused_though_it_is_signed(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, body: bytes
) -> None:
    with pytest.raises(InvalidInput):
        read(provider, clock, body, paypal.signature(body))


@pytest.mark.parametrize(
    ("sent_before", "good"),
    [
        (timedelta(0), True),
        (timedelta(days=3), True),
        (timedelta(days=3, hours=1, seconds=1), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, seconds=-1), False),
        (timedelta(days=-1), False),
    ],
)
def test_how_old_a_message_may_be(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, sent_before: timedelta, *, good: bool
) -> None:
    body, signature = paypal.webhook(event())
    now = clock.now() + sent_before
    if good:
        assert provider.read_event(body, signature, now).event_id == "WH-1"
    else:
        with pytest.raises(InvalidInput):
            provider.read_event(body, signature, now)


@pytest.mark.parametrize("stamp", ["yesterday", "2026-03-02T09:00:00", "2026-03-02"])
def test_a_time_without_a_zone_is_no_instant(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, stamp: str
) -> None:
    body, signature = paypal.webhook(event())
    with pytest.raises(InvalidInput):
        read(provider, clock, body, json.dumps({**json.loads(signature), "transmission_time": stamp}))


@pytest.mark.parametrize("fault", [Fault(VERIFY), Fault(VERIFY, status=500)])
def test_a_message_that_can_not_be_verified_now_is_to_be_sent_again(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock, fault: Fault
) -> None:
    paypal.faults.append(fault)
    body, signature = paypal.webhook(event())
    with pytest.raises(Conflict) as refused:
        read(provider, clock, body, signature)
    assert refused.value.code == "PROVIDER_UNAVAILABLE"
    assert read(provider, clock, body, signature).event_id == "WH-1"


@pytest.mark.parametrize(
    ("kind", "resource", "expected"),
    [
        ("CHECKOUT.ORDER.APPROVED", {}, (EventSubject.PAYMENT, ATTEMPT, None)),
        (
            "PAYMENT.CAPTURE.PENDING",
            {"custom_id": f"{ATTEMPT}:closed"},
            (EventSubject.PAYMENT, ATTEMPT, None),
        ),
        ("PAYMENT.CAPTURE.COMPLETED", {"custom_id": "17"}, (EventSubject.PAYMENT, None, None)),
        ("PAYMENT.CAPTURE.COMPLETED", {"custom_id": 17}, (EventSubject.PAYMENT, None, None)),
        ("PAYMENT.CAPTURE.REFUNDED", {}, (EventSubject.REFUND, None, "C1")),
        ("PAYMENT.CAPTURE.REVERSED", {}, (EventSubject.REFUND, None, "C1")),
        ("PAYMENT.REFUND.FAILED", {}, (EventSubject.REFUND, None, "C1")),
        ("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-1"}, (EventSubject.DISPUTE, None, "PP-D-1")),
        ("VAULT.PAYMENT-TOKEN.DELETED", {}, (EventSubject.METHOD, None, "C1")),
        ("BILLING.PLAN.CREATED", {}, (EventSubject.OTHER, None, None)),
    ],
)
def test_what_an_event_speaks_of(
    provider: PayPalProvider,
    paypal: PayPalDouble,
    clock: ManualClock,
    kind: str,
    resource: dict[str, Any],
    expected: tuple[EventSubject, str | None, str | None],
) -> None:
    found = read(provider, clock, *paypal.webhook(event(kind, **resource)))
    assert (found.subject, found.attempt_id, found.object_reference) == expected


# --------------------------------------------------------------------------------------------- the event log


def test_the_log_tells_every_event_oldest_first_over_its_pages(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    paypal.page_size = 2
    attempts = []
    for _ in range(5):
        request = wallet_request(paypal.books.save_wallet("COMPLETED"))
        provider.charge(request)
        attempts.append(request.attempt_id)
        clock.advance(seconds=1)
    start = clock.now() - timedelta(seconds=4)

    found = provider.events_since(start)

    assert found is not None
    assert [each.attempt_id for each in found] == attempts[1:]
    assert len(paypal.asked("GET /v1/notifications/webhooks-events")) == 2


def test_silence_of_the_log_is_not_an_empty_log(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    assert provider.events_since(clock.now()) == []
    paypal.faults.append(Fault("GET /v1/notifications/webhooks-events", status=500))
    assert provider.events_since(clock.now()) is None


def test_events_of_pages_name_their_attempts(
    provider: PayPalProvider, paypal: PayPalDouble, clock: ManualClock
) -> None:
    request = page_request()
    paypal.books.approve(str(provider.open_checkout(request).reference))
    found = provider.events_since(clock.now())
    assert found is not None
    assert [(each.kind, each.attempt_id) for each in found] == [
        ("CHECKOUT.ORDER.APPROVED", request.attempt_id)
    ]


# -------------------------------------------------------------------------------------------------------- IPN


def ipn(paypal: PayPalDouble, **fields: str) -> bytes:
    body = urlencode({"first_name": "Zoë", **fields}, encoding="latin-1").encode()
    paypal.ipn_sent.add(body)
    return body


def test_an_ipn_message_is_posted_back_in_its_own_bytes(
    provider: PayPalProvider, paypal: PayPalDouble
) -> None:
    body = ipn(paypal, txn_id="T1", payment_status="Completed", custom=ATTEMPT)
    assert provider.verify_ipn(body) == GatewayEvent("ipn:T1:Completed", "ipn.Completed", ATTEMPT)
    assert paypal.seen[0].body == b"cmd=_notify-validate&" + body
    assert "authorization" not in paypal.seen[0].headers


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"txn_id": "T2", "parent_txn_id": "T1", "payment_status": "Refunded", "custom": ATTEMPT},
            GatewayEvent("ipn:T2:Refunded", "ipn.Refunded", None, EventSubject.REFUND, "T2"),
        ),
        (
            {"txn_id": "T1", "txn_type": "new_case", "case_id": "PP-D-1"},
            GatewayEvent("ipn:PP-D-1:new_case", "ipn.new_case", None, EventSubject.DISPUTE, "PP-D-1"),
        ),
        (
            {"txn_id": "T3", "payment_status": "Pending", "invoice": ATTEMPT},
            GatewayEvent("ipn:T3:Pending", "ipn.Pending", ATTEMPT),
        ),
    ],
)
def test_what_an_ipn_message_speaks_of(
    provider: PayPalProvider, paypal: PayPalDouble, fields: dict[str, str], expected: GatewayEvent
) -> None:
    assert provider.verify_ipn(ipn(paypal, **fields)) == expected


def test_a_forged_ipn_message_is_refused(provider: PayPalProvider, paypal: PayPalDouble) -> None:
    body = ipn(paypal, txn_id="T1", payment_status="Completed", custom=ATTEMPT)
    with pytest.raises(InvalidInput) as refused:
        provider.verify_ipn(body.replace(b"T1", b"T2"))
    assert refused.value.code == "BAD_SIGNATURE"


@pytest.mark.parametrize("body", [b"", b"nothing=here", b"cmd=_notify-validate&txn_id=1", b"a=1&" * 501])
def test_what_is_no_ipn_message_is_not_posted_back(
    provider: PayPalProvider, paypal: PayPalDouble, body: bytes
) -> None:
    with pytest.raises(InvalidInput):
        provider.verify_ipn(body)
    assert paypal.seen == []


def test_a_message_of_the_sandbox_is_refused_where_money_is_real(
    paypal: PayPalDouble, clock: ManualClock
) -> None:
    live = PayPalSettings(*CLIENT, WEBHOOK_ID, PayPalEnvironment.LIVE, base_url=paypal.url)
    provider = PayPalProvider(live, clock, MemoryBook())
    with pytest.raises(InvalidInput):
        provider.verify_ipn(ipn(paypal, txn_id="T1", payment_status="Completed", test_ipn="1"))
    assert provider.verify_ipn(ipn(paypal, txn_id="T1", payment_status="Completed")).attempt_id is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST /cgi-bin/webscr"),
        Fault("POST /cgi-bin/webscr", status=503),
        Fault("POST /cgi-bin/webscr", body=b"<html>maintenance</html>"),
    ],
)
def test_an_ipn_message_that_can_not_be_verified_now_is_to_be_sent_again(
    provider: PayPalProvider, paypal: PayPalDouble, fault: Fault
) -> None:
    body = ipn(paypal, txn_id="T1", payment_status="Completed", custom=str(uuid.uuid4()))
    paypal.faults.append(fault)
    with pytest.raises(Conflict) as refused:
        provider.verify_ipn(body)
    assert refused.value.code == "PROVIDER_UNAVAILABLE"
