"""Mails about subscriptions and what customers change in them (F1-F6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.billing.mail import MailData, MailKind
from app.billing.money import Money
from app.billing.periods import BillingInterval


@dataclass(frozen=True, slots=True)
class StartedSubscription:
    """A subscription that began; `make_account` is None until the first use binds one (D3)."""

    connector: str
    paid_until: date
    make_account: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionStartedMail(MailData):
    """A paid invoice started these subscriptions, all of them in one mail (B4)."""

    kind: ClassVar[MailKind] = MailKind.SUBSCRIPTION_STARTED
    subscriptions: tuple[StartedSubscription, ...]
    keys_url: str


@dataclass(frozen=True, slots=True)
class SubscriptionCanceledMail(MailData):
    """The customer cancelled; `last_day` is the last day of access, None when it is closed already (F4)."""

    kind: ClassVar[MailKind] = MailKind.SUBSCRIPTION_CANCELED
    connector: str
    last_day: date | None
    subscription_url: str


@dataclass(frozen=True, slots=True)
class AutoRenewalChangedMail(MailData):
    """Auto-renewal was switched (F4).

    `price` is what the renewal on `period_ends_on` will cost; None where operations are paid for.
    """

    kind: ClassVar[MailKind] = MailKind.AUTO_RENEWAL_CHANGED
    connector: str
    enabled: bool
    period_ends_on: date
    price: Money | None
    subscription_url: str


@dataclass(frozen=True, slots=True)
class AccessEndedMail(MailData):
    """The paid period is over and access is closed (G2); resuming keeps the Make account (F5)."""

    kind: ClassVar[MailKind] = MailKind.ACCESS_ENDED
    connector: str
    ended_on: date
    resume_url: str


@dataclass(frozen=True, slots=True)
class RunningSubscription:
    """A subscription and the last day that is paid for."""

    connector: str
    paid_until: date


@dataclass(frozen=True, slots=True)
class CancellationTakenBackMail(MailData):
    """The cancellation is undone before it closed anything (F5).

    `renews_on` is None with auto-renewal off: access ends then. `price` is what the renewal will cost; None
    without one, or where operations are paid for.
    """

    kind: ClassVar[MailKind] = MailKind.CANCELLATION_TAKEN_BACK
    connector: str
    paid_until: date
    renews_on: date | None
    price: Money | None
    subscription_url: str


@dataclass(frozen=True, slots=True)
class IntervalSwitchedMail(MailData):
    """Month or year from the renewal on `renews_on` (F3); not `switched`: it stays as it was."""

    kind: ClassVar[MailKind] = MailKind.INTERVAL_SWITCHED
    connector: str
    switched: bool
    interval: BillingInterval
    price: Money
    renews_on: date
    subscription_url: str


@dataclass(frozen=True, slots=True)
class MakeAccountChangedMail(MailData):
    """The subscription works in another Make account; the old one, if any, is refused at once (F6)."""

    kind: ClassVar[MailKind] = MailKind.MAKE_ACCOUNT_CHANGED
    connector: str
    old: str | None
    new: str
    changed_at: datetime
    subscription_url: str


@dataclass(frozen=True, slots=True)
class BillingResumedMail(MailData):
    """Late money was enough to start these subscriptions again (design §4)."""

    kind: ClassVar[MailKind] = MailKind.BILLING_RESUMED
    subscriptions: tuple[RunningSubscription, ...]
    subscriptions_url: str
