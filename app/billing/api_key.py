"""API keys: their form, their scopes and how long they open anything (E1, E2, C4)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SECRET_LENGTH = 32
SECRET_ALPHABET = string.ascii_letters + string.digits
KEY_PATTERN = re.compile(r"bpm_(?:prod|trial|test)_[A-Za-z0-9]{32}")

TRIAL_KEY_AFTERLIFE = timedelta(days=14)
"""How long a temporary key opens what is paid for after a production key was first shown (C4)."""


class ApiKeyKind(StrEnum):
    """What a key is for; the prefix tells it."""

    PRODUCTION = "prod"
    TRIAL = "trial"
    TEST = "test"

    @property
    def prefix(self) -> str:
        """The beginning of every key of this kind."""
        return f"bpm_{self.value}_"


class ApiKeyStatus(StrEnum):
    """Whether a key may be used at all; an unclaimed one has no secret yet."""

    UNCLAIMED = "unclaimed"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"


class Scope(StrEnum):
    """What the holder of a key may ask of the public API (E4)."""

    CHECK = "check"
    USAGE = "usage"
    KEYS_MANAGE = "keys:manage"


CONNECTOR_SCOPES = (Scope.CHECK, Scope.USAGE)
"""Scopes of an ordinary key: one that is pasted into Make must not mint others."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the decision about a key needs to know; all instants UTC."""

    kind: ApiKeyKind
    status: ApiKeyStatus
    expires_at: datetime | None
    production_key_shown_at: datetime | None
    """When the customer was first shown any production key."""


def mint_key(kind: ApiKeyKind) -> str:
    """A new key: the kind's prefix and 32 characters from the system's random source."""
    return kind.prefix + "".join(secrets.choice(SECRET_ALPHABET) for _ in range(SECRET_LENGTH))


def fingerprint(key: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a key: finds its row without a scan and is worthless without the pepper."""
    return hmac.digest(pepper, key.encode(), hashlib.sha256)


def masked(kind: ApiKeyKind, last4: str | None) -> str:
    """A key as people may see it: «bpm_prod_…a1b2»; without a secret yet, only the prefix."""
    return f"{kind.prefix}…{last4}" if last4 else f"{kind.prefix}…"


def is_expired(key: KeyFacts, paid_since: datetime | None, now: datetime) -> bool:
    """Whether a key with an end has come to it.

    `paid_since` is when the first paid period of a live paid subscription of this customer began. A
    customer who bought while the temporary key was still good keeps it until 14 days after a
    production key was first shown (C4): a paying customer is never cut off by the end of a trial.
    """
    if key.expires_at is None or now < key.expires_at:
        return False
    if paid_since is None or paid_since >= key.expires_at:
        return True
    if key.production_key_shown_at is None:
        return False
    return now >= max(key.expires_at, key.production_key_shown_at + TRIAL_KEY_AFTERLIFE)
