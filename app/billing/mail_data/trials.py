"""Mails about the trial (C1-C4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.billing.mail import MailData, MailKind


@dataclass(frozen=True, slots=True)
class TrialStartedMail(MailData):
    """The trial runs until `ends_at` (C1)."""

    kind: ClassVar[MailKind] = MailKind.TRIAL_STARTED
    connectors: tuple[str, ...]
    ends_at: datetime
    keys_url: str


@dataclass(frozen=True, slots=True)
class TrialEndingMail(MailData):
    """The trial ends in two days (C3)."""

    kind: ClassVar[MailKind] = MailKind.TRIAL_ENDING
    connectors: tuple[str, ...]
    ends_at: datetime
    checkout_url: str


@dataclass(frozen=True, slots=True)
class TrialEndedMail(MailData):
    """The trial is over, the temporary key no longer opens these connectors (C4)."""

    kind: ClassVar[MailKind] = MailKind.TRIAL_ENDED
    connectors: tuple[str, ...]
    ended_at: datetime
    checkout_url: str
