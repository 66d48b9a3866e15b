"""Mails about the account and its keys (A1, A3, E2, E3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.billing.mail import MailData, MailKind


@dataclass(frozen=True, slots=True)
class ActivationMail(MailData):
    """Somebody registered: the one-time link that proves the address (A1)."""

    kind: ClassVar[MailKind] = MailKind.ACTIVATION
    activation_url: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class PasswordResetMail(MailData):
    """Somebody asked for a new password (A3)."""

    kind: ClassVar[MailKind] = MailKind.PASSWORD_RESET
    reset_url: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class AlreadyRegisteredMail(MailData):
    """Somebody registered with an address that has an account; the page answers as if it had none."""

    kind: ClassVar[MailKind] = MailKind.ALREADY_REGISTERED
    login_url: str
    reset_url: str


@dataclass(frozen=True, slots=True)
class PasswordChangedMail(MailData):
    """The password was changed; all sessions have ended (A3)."""

    kind: ClassVar[MailKind] = MailKind.PASSWORD_CHANGED
    changed_at: datetime
    reset_url: str


@dataclass(frozen=True, slots=True)
class ApiKeyWaitingMail(MailData):
    """A key waits on the page where it is shown once; the mail never holds the key (E2)."""

    kind: ClassVar[MailKind] = MailKind.API_KEY_WAITING
    reveal_url: str


@dataclass(frozen=True, slots=True)
class SwitchToProductionKeyMail(MailData):
    """The temporary key opens what is paid for until `works_until` (C4)."""

    kind: ClassVar[MailKind] = MailKind.SWITCH_TO_PRODUCTION_KEY
    works_until: datetime
    keys_url: str


@dataclass(frozen=True, slots=True)
class KeyDeactivatedMail(MailData):
    """A key stopped working. `masked` is how people may see it, such as `bpm_prod_…a1b2`."""

    kind: ClassVar[MailKind] = MailKind.KEY_DEACTIVATED
    key_name: str
    masked: str
    deactivated_at: datetime
    keys_url: str


@dataclass(frozen=True, slots=True)
class KeyRotatedMail(MailData):
    """A new key was shown in place of an old one, which works until `works_until` (E3); None: it is off."""

    kind: ClassVar[MailKind] = MailKind.KEY_ROTATED
    key_name: str
    masked: str
    works_until: datetime | None
    keys_url: str
