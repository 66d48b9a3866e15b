"""Stripe's webhook signature: proves who sent the raw body, and when.

Not the library's own check: that asks the computer's clock, takes a stamp from the future and one secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.billing.errors import InvalidInput

TOLERANCE = timedelta(minutes=5)
SCHEME = "v1"
LONGEST_STAMP = 12


def require_signed(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Raise InvalidInput (BAD_SIGNATURE) unless one of the secrets signed this very body within 5 minutes."""
    stamp, signatures = _parts(header)
    payload = f"{stamp}.".encode() + body
    if not any(_signed_by(secret, payload, signatures) for secret in secrets):
        raise InvalidInput("wrong signature", code="BAD_SIGNATURE")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise InvalidInput("old or future timestamp", code="BAD_SIGNATURE")


def _parts(header: str) -> tuple[str, list[bytes]]:
    """The stamp and the signatures of the scheme that proves something; raises InvalidInput."""
    fields = [each.partition("=")[::2] for each in header.split(",")]
    stamps = [value for name, value in fields if name.strip() == "t"]
    if len(stamps) != 1 or not _is_stamp(stamps[0]):
        raise InvalidInput("malformed signature", code="BAD_SIGNATURE")
    return stamps[0], [value.encode(errors="replace") for name, value in fields if name.strip() == SCHEME]


def _is_stamp(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_STAMP


def _signed_by(secret: str, payload: bytes, signatures: Sequence[bytes]) -> bool:
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(expected, each) for each in signatures)
