"""API keys: form, scopes, labels, how long a key opens anything, when it may be rotated (E1-E3, C4)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.billing.errors import Conflict, InvalidInput

SECRET_LENGTH = 32
SECRET_ALPHABET = string.ascii_letters + string.digits
KEY_PATTERN = re.compile(r"bpm_(?:prod|trial|test)_[A-Za-z0-9]{32}")

TRIAL_KEY_AFTERLIFE = timedelta(days=14)
"""How long a temporary key opens what is paid for after a production key was first shown (C4)."""


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The numbers of several keys as data (E3)."""

    live_keys: int = 50
    """How many keys of a customer may be live at once; one that is being replaced is not counted."""
    overlaps: tuple[timedelta, ...] = (
        timedelta(0),
        timedelta(hours=1),
        timedelta(hours=24),
        timedelta(days=7),
    )
    """How long a rotated key may go on working."""
    usual_overlap: timedelta = timedelta(hours=24)
    longest_label: int = 100


KEY_POLICY = KeyPolicy()


class TooManyKeys(Conflict):
    """The customer has as many live keys as are allowed."""

    code = "KEY_LIMIT"


class KeyRotating(Conflict):
    """The key has a successor already."""

    code = "KEY_ROTATING"


class KeyNotShown(Conflict):
    """The key has no secret yet: it is shown, not rotated."""

    code = "KEY_NOT_SHOWN"


class KeyNotLive(Conflict):
    """The key is switched off or its time is over."""

    code = "KEY_NOT_LIVE"


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


LIVE_KEYS = (ApiKeyStatus.UNCLAIMED, ApiKeyStatus.ACTIVE)
"""Statuses of a key that opens something or is about to."""

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
    closes_at: datetime | None = None
    """When a rotated key closes for good; None while its successor has not been shown."""


@dataclass(frozen=True, slots=True)
class KeyLabel:
    """What a customer calls a key. Neither the name nor the group need be unique."""

    name: str
    group: str | None = None

    @classmethod
    def of(cls, name: str, group: str | None = None, policy: KeyPolicy = KEY_POLICY) -> KeyLabel:
        """The label as it is stored: single spaces, none around it, no key in it; an empty group is none.

        Raises InvalidInput (KEY_NAME_INVALID, KEY_GROUP_INVALID) for what has not 1 to 100 printable
        characters.
        """
        return cls(
            name=_printable(name, "KEY_NAME_INVALID", policy),
            group=_printable(group, "KEY_GROUP_INVALID", policy) if group and group.strip() else None,
        )


def mint_key(kind: ApiKeyKind) -> str:
    """A new key: the kind's prefix and 32 characters from the system's random source."""
    return kind.prefix + "".join(secrets.choice(SECRET_ALPHABET) for _ in range(SECRET_LENGTH))


def fingerprint(key: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a key: finds its row without a scan and is worthless without the pepper."""
    return hmac.digest(pepper, key.encode(), hashlib.sha256)


def masked(kind: ApiKeyKind, last4: str | None) -> str:
    """A key as people may see it: «bpm_prod_…a1b2»; without a secret yet, only the prefix."""
    return f"{kind.prefix}…{last4}" if last4 else f"{kind.prefix}…"


def without_keys(text: str) -> str:
    """The text with every key in it masked: people paste keys into names and reasons."""
    return KEY_PATTERN.sub(lambda found: f"{found[0][:-SECRET_LENGTH]}…{found[0][-4:]}", text)


def closing_time(successor_shown_at: datetime | None, overlap: timedelta | None) -> datetime | None:
    """When a rotated key closes: `overlap` after its successor was shown, however late that was.

    Until then the successor has no secret that could be pasted into Make. Counting from the rotation
    would cut a paying customer off because a mail was read late.
    """
    if successor_shown_at is None or overlap is None:
        return None
    return successor_shown_at + overlap


def works_until(key: KeyFacts, paid_since: datetime | None) -> datetime | None:
    """When the key ends: at its own end or when its rotation closes it; None while no end is known.

    `paid_since` is when the first paid period of a live paid subscription of this customer began. A
    customer who bought while the temporary key was still good keeps it until 14 days after a
    production key was first shown (C4): a paying customer is never cut off by the end of a trial. That
    prolongs no other key, and no key that was rotated.
    """
    ends = (_own_end(key, paid_since), key.closes_at)
    return min((end for end in ends if end is not None), default=None)


def is_expired(key: KeyFacts, paid_since: datetime | None, now: datetime) -> bool:
    """Whether a key with an end has come to it; see `works_until`."""
    end = works_until(key, paid_since)
    return end is not None and now >= end


def check_room(live_keys: int, policy: KeyPolicy = KEY_POLICY) -> None:
    """Refuse one more key to a customer who has so many live ones; raises TooManyKeys."""
    if live_keys >= policy.live_keys:
        raise TooManyKeys(f"{live_keys} live keys")


def check_rotation(
    status: ApiKeyStatus,
    overlap: timedelta,
    *,
    has_successor: bool,
    expired: bool,
    policy: KeyPolicy = KEY_POLICY,
) -> None:
    """Refuse to rotate what can't be (E3).

    Raises InvalidInput (OVERLAP_NOT_OFFERED), KeyNotLive, KeyNotShown, KeyRotating.
    """
    if overlap not in policy.overlaps:
        raise InvalidInput("an overlap is one of the offered ones", code="OVERLAP_NOT_OFFERED")
    if status not in LIVE_KEYS or expired:
        raise KeyNotLive
    if status is ApiKeyStatus.UNCLAIMED:
        raise KeyNotShown
    if has_successor:
        raise KeyRotating


def _own_end(key: KeyFacts, paid_since: datetime | None) -> datetime | None:
    """The end that the key was made with, and what C4 adds to it."""
    if key.expires_at is None or key.kind is not ApiKeyKind.TRIAL:
        return key.expires_at
    if paid_since is None or paid_since >= key.expires_at:
        return key.expires_at
    if key.production_key_shown_at is None:
        return None
    return max(key.expires_at, key.production_key_shown_at + TRIAL_KEY_AFTERLIFE)


def _printable(text: str, code: str, policy: KeyPolicy) -> str:
    cleaned = without_keys(" ".join(text.split()))
    if not 1 <= len(cleaned) <= policy.longest_label or not cleaned.isprintable():
        raise InvalidInput(f"1 to {policy.longest_label} printable characters", code=code)
    return cleaned
