"""The data of every kind of mail (M1): services fill these, templates print them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from app.billing.mail import MailData, MailKind
from app.billing.money import Money


class MailedDocument(StrEnum):
    """What a document is called in a mail."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    ACT = "act"
    VAT_INVOICE = "vat_invoice"
    TRANSFER_DOCUMENT = "transfer_document"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class PaidService:
    """One line of a receipt: the days, in Moscow, that are paid for, both included."""

    connector: str
    first_day: date
    last_day: date
    amount: Money


@dataclass(frozen=True, slots=True)
class StartedSubscription:
    """A subscription that began; `make_account` is None until the first use binds one (D3)."""

    connector: str
    paid_until: date
    make_account: str | None


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
    """A key stopped working. `key_prefix` is the public beginning of the key, such as `bpm_prod_a1b2`."""

    kind: ClassVar[MailKind] = MailKind.KEY_DEACTIVATED
    key_name: str
    key_prefix: str
    deactivated_at: datetime
    keys_url: str


@dataclass(frozen=True, slots=True)
class InvoiceIssuedMail(MailData):
    """An invoice (счёт) was issued and can be paid up to and including `due_on` (J1)."""

    kind: ClassVar[MailKind] = MailKind.INVOICE_ISSUED
    number: str
    issued_on: date
    payer: str
    total: Money
    due_on: date
    invoice_url: str


@dataclass(frozen=True, slots=True)
class InvoiceVoidedMail(MailData):
    """An unpaid order lapsed with its invoice after `due_on` (F2)."""

    kind: ClassVar[MailKind] = MailKind.INVOICE_VOIDED
    number: str
    total: Money
    due_on: date
    checkout_url: str


@dataclass(frozen=True, slots=True)
class DocumentReadyMail(MailData):
    """A document can be downloaded; sending it again uses the same mail (J5)."""

    kind: ClassVar[MailKind] = MailKind.DOCUMENT_READY
    document: MailedDocument
    number: str
    issued_on: date
    payer: str
    total: Money
    download_url: str


@dataclass(frozen=True, slots=True)
class PaymentReceivedMail(MailData):
    """The receipt. `method` is masked («Visa •• 4242»); `next_charge_on` is None without auto-renewal."""

    kind: ClassVar[MailKind] = MailKind.PAYMENT_RECEIVED
    invoice_number: str
    total: Money
    paid_at: datetime
    method: str
    services: tuple[PaidService, ...]
    next_charge_on: date | None
    payment_url: str


@dataclass(frozen=True, slots=True)
class PaymentFailedMail(MailData):
    """A charge failed. `next_attempt_on` and `access_until` are None for a first purchase (G4)."""

    kind: ClassVar[MailKind] = MailKind.PAYMENT_FAILED
    invoice_number: str
    total: Money
    failed_at: datetime
    method: str
    next_attempt_on: date | None
    access_until: date | None
    pay_url: str


@dataclass(frozen=True, slots=True)
class SubscriptionStartedMail(MailData):
    """A paid invoice started these subscriptions, all of them in one mail (B4)."""

    kind: ClassVar[MailKind] = MailKind.SUBSCRIPTION_STARTED
    subscriptions: tuple[StartedSubscription, ...]
    keys_url: str


@dataclass(frozen=True, slots=True)
class SubscriptionCanceledMail(MailData):
    """The customer cancelled; `last_day` is the last day of access (F4)."""

    kind: ClassVar[MailKind] = MailKind.SUBSCRIPTION_CANCELED
    connector: str
    last_day: date
    subscription_url: str


@dataclass(frozen=True, slots=True)
class AutoRenewalChangedMail(MailData):
    """Auto-renewal was switched; `price` is what the renewal on `period_ends_on` will cost (F4)."""

    kind: ClassVar[MailKind] = MailKind.AUTO_RENEWAL_CHANGED
    connector: str
    enabled: bool
    period_ends_on: date
    price: Money
    subscription_url: str


@dataclass(frozen=True, slots=True)
class AccessEndedMail(MailData):
    """The paid period is over and access is closed (G2); resuming keeps the Make account (F5)."""

    kind: ClassVar[MailKind] = MailKind.ACCESS_ENDED
    connector: str
    ended_on: date
    resume_url: str


MAIL_DATA: Mapping[MailKind, type[MailData]] = MappingProxyType(
    {
        data.kind: data
        for data in (
            ActivationMail,
            PasswordResetMail,
            AlreadyRegisteredMail,
            PasswordChangedMail,
            TrialStartedMail,
            TrialEndingMail,
            TrialEndedMail,
            ApiKeyWaitingMail,
            SwitchToProductionKeyMail,
            KeyDeactivatedMail,
            InvoiceIssuedMail,
            InvoiceVoidedMail,
            DocumentReadyMail,
            PaymentReceivedMail,
            PaymentFailedMail,
            SubscriptionStartedMail,
            SubscriptionCanceledMail,
            AutoRenewalChangedMail,
            AccessEndedMail,
        )
    }
)
"""The data class of every kind."""
