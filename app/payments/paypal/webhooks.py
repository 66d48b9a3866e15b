"""Webhooks: believed only after PayPal said that it sent these very bytes to this very webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.billing.errors import Conflict, InvalidInput
from app.billing.payment import GatewayEvent
from app.payments.paypal import events
from app.payments.paypal.client import PayPalClient
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.instants import read_instant
from app.payments.paypal.settings import PayPalSettings

PATH = "/v1/notifications/verify-webhook-signature"
HEADERS = ("transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo")
"""What `signature` holds as one JSON object: the headers PAYPAL-TRANSMISSION-ID and so on, in this order."""
LONGEST_HEADER = 500
OLDEST = timedelta(days=3, hours=1)
"""PayPal sends a message again for three days, and nothing promises that it is stamped anew each time.
An old one that is played again is found in the inbox by its id."""
EARLIEST = timedelta(minutes=5)
"""How much PayPal's clock may be ahead of ours."""


class Webhooks:
    """Verifies by asking PayPal back: it checks the certificate, the checksum and the signature."""

    def __init__(self, client: PayPalClient, settings: PayPalSettings) -> None:
        self._client = client
        self._settings = settings

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """The event. Raises InvalidInput (BAD_SIGNATURE), and Conflict (PROVIDER_UNAVAILABLE) when
        PayPal can't be asked now: it will send the message again."""
        headers = _headers(signature)
        sent_at = read_instant(headers["transmission_time"])
        if sent_at is None or not now - OLDEST <= sent_at <= now + EARLIEST:
            raise InvalidInput("old, future or no transmission time", code="BAD_SIGNATURE")
        document = _document(body)
        try:
            answer = self._client.post_raw(PATH, self._question(headers, body))
        except NoAnswer as silence:
            raise Conflict(f"webhook not verified: {silence}", code="PROVIDER_UNAVAILABLE") from None
        if not answer.done or answer.body.get("verification_status") != "SUCCESS":
            raise InvalidInput("PayPal did not send this", code="BAD_SIGNATURE")
        event = events.read_document(document)
        if event is None:
            raise InvalidInput("not an event", code="BAD_SIGNATURE")
        return event

    def _question(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """The message in its own bytes: PayPal's checksum is over them, written anew they are others."""
        rest = json.dumps({**headers, "webhook_id": self._settings.webhook_id}).encode()
        return rest[:-1] + b', "webhook_event": ' + body + b"}"


def _headers(signature: str) -> dict[str, str]:
    headers = _object(signature)
    for name in HEADERS:
        value = headers.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_HEADER:
            raise InvalidInput(f"no {name}", code="BAD_SIGNATURE")
    return {name: headers[name] for name in HEADERS}


def _document(body: bytes) -> dict[str, Any]:
    """The body as one JSON object; anything else could smuggle other fields into the question."""
    try:
        return _object(body.decode())
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", code="BAD_SIGNATURE") from None


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput("not a JSON object", code="BAD_SIGNATURE")
    return found
