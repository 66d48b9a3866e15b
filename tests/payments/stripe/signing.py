"""Webhooks as Stripe sends them: the raw body and its signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from tests.payments.stripe.conftest import SECRETS


def body_of(event: dict[str, Any]) -> bytes:
    """The bytes that are sent."""
    return json.dumps(event, indent=2).encode()


def signed(body: bytes, at: datetime, secret: str = SECRETS[0]) -> str:
    """The header over these bytes at this moment."""
    stamp = int(at.timestamp())
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"t={stamp},v1={mac.hexdigest()},v0={'0' * 64}"
