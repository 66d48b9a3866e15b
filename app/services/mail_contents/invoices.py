"""What mails about invoices and payments say (H1, J1, G4)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.billing.invoice import InvoicePurpose, InvoiceStatus, PaymentMethodKind
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    BalanceCreditedMail,
    InvoiceIssuedMail,
    InvoiceVoidedMail,
    PaymentConfirmationMail,
    PaymentFailedMail,
    PaymentReceivedMail,
    PaymentReminderMail,
    SubscriptionSuspendedMail,
)
from app.billing.money import Money
from app.billing.payment import AttemptState
from app.billing.periods import local_date
from app.models import CreditKind
from app.services.mail_contents.context import (
    Contents,
    MailContext,
    access_during_dunning,
    connectors_of,
    way_of,
)
from app.services.mail_contents.renewals import next_renewal_on, paid_services


def _invoice_issued(context: MailContext) -> MailData:
    invoice = context.invoice()
    return InvoiceIssuedMail(
        number=invoice.full_number,
        issued_on=invoice.issued_on,
        payer=invoice.payer.name,
        total=invoice.total,
        due_on=invoice.due_on,
        invoice_url=context.links.invoice(invoice.id),
    )


def _invoice_voided(context: MailContext) -> MailData:
    invoice = context.invoice()
    return InvoiceVoidedMail(
        number=invoice.full_number,
        total=invoice.total,
        due_on=invoice.due_on,
        checkout_url=context.links.catalogue(),
    )


def _payment_received(context: MailContext) -> MailData:
    payment = context.repositories.payments.get(context.payload["payment_id"])
    invoice = context.repositories.invoices.one_of_customer(context.customer.id, payment.invoice_id)
    return PaymentReceivedMail(
        invoice_number=invoice.full_number,
        total=payment.amount,
        paid_at=payment.received_at,
        method=way_of(payment),
        services=paid_services(context, invoice),
        next_charge_on=next_renewal_on(invoice),
        payment_url=context.links.invoice(invoice.id),
    )


def _payment_failed(context: MailContext) -> MailData | None:
    attempt = context.repositories.attempts.get(UUID(context.payload["attempt_id"]))
    invoice, method = attempt.invoice, attempt.payment_method
    assert attempt.settled_at is not None, "this mail is promised when the attempt has failed"
    if invoice.status is not InvoiceStatus.OPEN:
        return None  # paid in another way, or given up
    retry_at = invoice.next_attempt_at
    return PaymentFailedMail(
        invoice_number=invoice.full_number,
        total=attempt.amount,
        failed_at=attempt.settled_at,
        method=method.masked if method else "",
        next_attempt_on=local_date(retry_at) if retry_at else None,
        access_until=access_during_dunning(invoice),
        is_order=invoice.purpose is InvoicePurpose.ORDER,
        pay_url=context.links.invoice(invoice.id),
        methods_url=context.links.payment_methods(),
    )


def _payment_confirmation(context: MailContext) -> MailData | None:
    attempt = context.repositories.attempts.get(UUID(context.payload["attempt_id"]))
    invoice, method = attempt.invoice, attempt.payment_method
    if attempt.state is not AttemptState.AWAITING_CUSTOMER or invoice.status is not InvoiceStatus.OPEN:
        return None  # confirmed, closed, or paid in another way
    return PaymentConfirmationMail(
        invoice_number=invoice.full_number,
        total=attempt.amount,
        method=method.masked if method else "",
        connectors=connectors_of(invoice),
        access_until=access_during_dunning(invoice),
        confirm_url=context.links.payment_confirmation(str(attempt.id)),
    )


def _payment_reminder(context: MailContext) -> MailData | None:
    invoice = context.invoice()
    if invoice.status is not InvoiceStatus.OPEN:
        return None
    return PaymentReminderMail(
        invoice_number=invoice.full_number,
        total=invoice.due,
        connectors=connectors_of(invoice),
        access_until=access_during_dunning(invoice),
        by_transfer=invoice.method is PaymentMethodKind.BANK_TRANSFER,
        pay_url=context.links.invoice(invoice.id),
    )


def _subscription_suspended(context: MailContext) -> MailData | None:
    invoice = context.invoice()
    if invoice.status is not InvoiceStatus.OPEN:
        return None
    return SubscriptionSuspendedMail(
        invoice_number=invoice.full_number,
        total=invoice.due,
        connectors=connectors_of(invoice),
        access_until=access_during_dunning(invoice),
        by_transfer=invoice.method is PaymentMethodKind.BANK_TRANSFER,
        pay_url=context.links.invoice(invoice.id),
        methods_url=context.links.payment_methods(),
    )


def _balance_credited(context: MailContext) -> MailData | None:
    payment = context.repositories.payments.get(context.payload["payment_id"])
    if not payment.unallocated:
        return None
    invoice = context.repositories.invoices.one_of_customer(context.customer.id, payment.invoice_id)
    held = context.repositories.credits.of_customers([context.customer.id])
    nothing = Money.zero(payment.currency)
    return BalanceCreditedMail(
        credited=payment.unallocated,
        balance=held.get((context.customer.id, payment.currency, CreditKind.BALANCE), nothing),
        invoice_number=invoice.full_number,
        received_at=payment.received_at,
        invoice_url=context.links.invoice(invoice.id),
    )


INVOICE_MAILS: Mapping[MailKind, Contents] = {
    MailKind.INVOICE_ISSUED: _invoice_issued,
    MailKind.INVOICE_VOIDED: _invoice_voided,
    MailKind.PAYMENT_RECEIVED: _payment_received,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.PAYMENT_CONFIRMATION: _payment_confirmation,
    MailKind.PAYMENT_REMINDER: _payment_reminder,
    MailKind.SUBSCRIPTION_SUSPENDED: _subscription_suspended,
    MailKind.BALANCE_CREDITED: _balance_credited,
}
