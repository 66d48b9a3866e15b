"""Webhooks: verified on the raw body, stored in the inbox, answered at once.

They take no cookie, no CSRF token and have no rate limit: an event that is turned away may be lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import Counter

from app.billing.errors import BillingError, NotFound
from app.billing.payment import GatewayEvent
from app.bootstrap import Container
from app.services.webhooks import receive_webhook

LONGEST_BODY = 256 * 1024
SIGNATURE_HEADERS = {"test": "X-Signature", "stripe": "Stripe-Signature"}
"""Where each provider puts its signature; PayPal spreads it over five headers."""
PAYPAL_HEADERS = ("transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo")


WEBHOOKS = Counter(
    "bpm_webhooks_total", "Webhooks by provider: stored, or the code of the refusal", ["provider", "outcome"]
)
log = structlog.get_logger()


def create_blueprint(container: Container) -> Blueprint:
    """`POST /webhooks/<provider>`, and `/webhooks/paypal-ipn` for PayPal's older notifications.

    Refused with 400 BAD_SIGNATURE is what the provider did not send; nothing of it is stored. When the
    provider has to be asked about it and does not answer, it is refused as well, to be sent again.
    """
    blueprint = Blueprint("webhooks", __name__)

    @blueprint.post("/webhooks/<provider>")
    def receive(provider: str) -> Response:
        gateway = container.gateways.get(provider)
        if gateway is None:
            raise NotFound("provider")
        body = _raw_body()
        signature = _signature(provider)
        return _take(
            container, provider, lambda: gateway.read_event(body, signature, container.wall_clock.now())
        )

    @blueprint.post("/webhooks/paypal-ipn")
    def receive_ipn() -> Response:
        paypal = container.paypal
        if paypal is None:
            raise NotFound("provider")
        body = _raw_body()
        return _take(container, paypal.name, lambda: paypal.verify_ipn(body))

    return blueprint


def _raw_body() -> bytes:
    """The body in its own bytes, which the signature is over; too long a one is refused unread (413)."""
    request.max_content_length = LONGEST_BODY
    return request.get_data()


def _signature(provider: str) -> str:
    if provider == "paypal":
        sent = {name: request.headers.get(f"PayPal-{name.replace('_', '-')}", "") for name in PAYPAL_HEADERS}
        return json.dumps(sent)
    return request.headers.get(SIGNATURE_HEADERS[provider], "")


def _take(container: Container, provider: str, read: Callable[[], GatewayEvent]) -> Response:
    """Store what is proved; what is refused is counted, and logged without a word of it."""
    try:
        event = read()
    except BillingError as refusal:
        WEBHOOKS.labels(provider, refusal.code).inc()
        log.warning("webhook_refused", provider=provider, code=refusal.code)
        raise
    receive_webhook(
        container.transactions, provider=provider, event=event, real_now=container.wall_clock.now()
    )
    WEBHOOKS.labels(provider, "stored").inc()
    return jsonify(received=True)
