"""Mails about invoices and their payment (H1, J1, G4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from app.billing.mail import MailData, MailKind
from app.billing.money import Money


@dataclass(frozen=True, slots=True)
class PaidService:
    """One line of a receipt: the days, in Moscow, that are paid for, both included."""

    connector: str
    first_day: date
    last_day: date
    amount: Money


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
class PaymentReceivedMail(MailData):
    """The receipt. `next_charge_on` is None without auto-renewal.

    `method` is masked («Visa •• 4242»), or `balance` or `bank` for the customer's balance or a transfer.
    """

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
    """A charge failed: of an order that starts when it is paid, or of what runs already (G4).

    `access_until` is the last day of access, None when the invoice renews nothing. `next_attempt_on` is
    None when nothing is tried any more by itself, `method` empty when none was chosen yet.
    """

    kind: ClassVar[MailKind] = MailKind.PAYMENT_FAILED
    invoice_number: str
    total: Money
    failed_at: datetime
    method: str
    next_attempt_on: date | None
    access_until: date | None
    is_order: bool
    pay_url: str
    methods_url: str


@dataclass(frozen=True, slots=True)
class PaymentConfirmationMail(MailData):
    """The bank wants its customer to confirm a charge that was made without them (3-D Secure, H2).

    `confirm_url` leads straight to the bank's question. `access_until` is the last day of access without
    the payment, None when the invoice renews nothing.
    """

    kind: ClassVar[MailKind] = MailKind.PAYMENT_CONFIRMATION
    invoice_number: str
    total: Money
    method: str
    connectors: tuple[str, ...]
    access_until: date | None
    confirm_url: str


@dataclass(frozen=True, slots=True)
class PaymentReminderMail(MailData):
    """A renewal is unpaid and there is nothing to charge: how to pay it (G4).

    `access_until` is the last day of access, None when the invoice renews nothing.
    """

    kind: ClassVar[MailKind] = MailKind.PAYMENT_REMINDER
    invoice_number: str
    total: Money
    connectors: tuple[str, ...]
    access_until: date | None
    by_transfer: bool
    pay_url: str


@dataclass(frozen=True, slots=True)
class SubscriptionSuspendedMail(MailData):
    """The last retry has failed; another card or another way to pay helps (G4).

    `access_until` is the last day of access, None when the invoice renews nothing.
    """

    kind: ClassVar[MailKind] = MailKind.SUBSCRIPTION_SUSPENDED
    invoice_number: str
    total: Money
    connectors: tuple[str, ...]
    access_until: date | None
    by_transfer: bool
    pay_url: str
    methods_url: str


@dataclass(frozen=True, slots=True)
class BalanceCreditedMail(MailData):
    """Money that no invoice could take (design §3): `credited` came now, `balance` is all that is there."""

    kind: ClassVar[MailKind] = MailKind.BALANCE_CREDITED
    credited: Money
    balance: Money
    invoice_number: str
    received_at: datetime
    invoice_url: str
