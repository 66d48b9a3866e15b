"""Webhooks: verified on the raw body, stored in the inbox, answered at once."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.billing.errors import NotFound
from app.bootstrap import Container
from app.services.webhooks import receive_webhook

LONGEST_BODY = 256 * 1024
SIGNATURE_HEADER = "X-Signature"


def create_blueprint(container: Container) -> Blueprint:
    """`POST /webhooks/<provider>`."""
    blueprint = Blueprint("webhooks", __name__)

    @blueprint.post("/webhooks/<provider>")
    def receive(provider: str) -> Response:
        gateway = container.gateways.get(provider)
        if gateway is None:
            raise NotFound("provider")
        request.max_content_length = LONGEST_BODY
        real_now = container.wall_clock.now()
        event = gateway.read_event(request.get_data(), request.headers.get(SIGNATURE_HEADER, ""), real_now)
        receive_webhook(container.transactions, provider=provider, event=event, real_now=real_now)
        return jsonify(received=True)

    return blueprint
