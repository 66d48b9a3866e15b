"""Mails about what the end of a period brings: its notice, the renewal, a new price (G2, G3, G5, C4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.billing.mail import MailData, MailKind
from app.billing.mail_data.invoices import PaidService
from app.billing.money import Money
from app.billing.periods import BillingInterval


@dataclass(frozen=True, slots=True)
class ExpectedService:
    """A period to come and what it costs after discounts, as known today."""

    connector: str
    interval: BillingInterval
    price: Money


@dataclass(frozen=True, slots=True)
class ExpectedCharge:
    """What will be charged on a Moscow day: the services less what the customer's balance pays.

    Sums are one for each currency and never zero; no `amounts`: nothing is left to charge. `methods` are
    masked; none: there is nothing saved that could be charged.
    """

    on: date
    services: tuple[ExpectedService, ...]
    from_balance: tuple[Money, ...]
    amounts: tuple[Money, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenewalNoticeMail(MailData):
    """These subscriptions renew by themselves soon (G2)."""

    kind: ClassVar[MailKind] = MailKind.RENEWAL_NOTICE
    charge: ExpectedCharge
    subscriptions_url: str


@dataclass(frozen=True, slots=True)
class AccessEndingMail(MailData):
    """Auto-renewal is off, so `last_day` is the last day of access (G2)."""

    kind: ClassVar[MailKind] = MailKind.ACCESS_ENDING
    connectors: tuple[str, ...]
    last_day: date
    subscriptions_url: str


@dataclass(frozen=True, slots=True)
class TrialContinuesNoticeMail(MailData):
    """The trial ends soon and becomes a paid subscription, as the customer wished (C4)."""

    kind: ClassVar[MailKind] = MailKind.TRIAL_CONTINUES_NOTICE
    ends_at: datetime
    charge: ExpectedCharge
    subscriptions_url: str


@dataclass(frozen=True, slots=True)
class CardExpiringMail(MailData):
    """A saved card runs out before what it pays renews; `method` is masked, `last_day` the card's own."""

    kind: ClassVar[MailKind] = MailKind.CARD_EXPIRING
    method: str
    last_day: date
    connectors: tuple[str, ...]
    charge_on: date
    """When the first of them renews after that day."""
    methods_url: str


@dataclass(frozen=True, slots=True)
class SubscriptionRenewedMail(MailData):
    """The receipt of a renewal (G3, H1). `total` is the price of all services, VAT inside.

    `from_balance` is the part that the customer's balance paid; `method` paid the rest and is empty when
    nothing was left. `renews_on` is None without auto-renewal.
    """

    kind: ClassVar[MailKind] = MailKind.SUBSCRIPTION_RENEWED
    invoice_number: str
    total: Money
    from_balance: Money
    method: str
    paid_at: datetime
    services: tuple[PaidService, ...]
    renews_on: date | None
    invoice_url: str


@dataclass(frozen=True, slots=True)
class ChangedPrice:
    """The price of one period of a connector before and from `applies_from` on."""

    connector: str
    interval: BillingInterval
    old: Money
    new: Money
    applies_from: date


@dataclass(frozen=True, slots=True)
class PriceChangeMail(MailData):
    """Renewals cost something else from a day on; the running periods keep their prices (G5).

    `announcements` are what staff wrote about it, in the reader's language.
    """

    kind: ClassVar[MailKind] = MailKind.PRICE_CHANGE
    prices: tuple[ChangedPrice, ...]
    announcements: tuple[str, ...]
    subscriptions_url: str
