"""Webhooks: verified on the raw body, stored in the inbox, answered at once.

They take no cookie, no CSRF token and have no rate limit: an event that is turned away may be lost.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, request

from app.billing.errors import NotFound
from app.billing.payment import GatewayEvent
from app.bootstrap import Container
from app.services.webhooks import receive_webhook

LONGEST_BODY = 256 * 1024
SIGNATURE_HEADERS = {"test": "X-Signature", "stripe": "Stripe-Signature"}
"""Where each provider puts its signature; PayPal spreads it over five headers."""
PAYPAL_HEADERS = ("transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo")


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
        event = gateway.read_event(body, _signature(provider), container.wall_clock.now())
        return _store(container, provider, event)

    @blueprint.post("/webhooks/paypal-ipn")
    def receive_ipn() -> Response:
        if container.paypal is None:
            raise NotFound("provider")
        return _store(container, container.paypal.name, container.paypal.verify_ipn(_raw_body()))

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


def _store(container: Container, provider: str, event: GatewayEvent) -> Response:
    receive_webhook(
        container.transactions, provider=provider, event=event, real_now=container.wall_clock.now()
    )
    return jsonify(received=True)
