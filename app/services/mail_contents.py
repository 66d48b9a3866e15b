"""What each promised mail says: its data read from the database when it is written (M1).

A payload holds ids, so a mail is about the present state of what it names; an instant stands in it only
where the present state may say something else by then. None: there is nothing left to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.billing.api_key import TRIAL_KEY_AFTERLIFE
from app.billing.mail import MailData, MailKind
from app.billing.mail_data import (
    AccessEndedMail,
    ActivationMail,
    AlreadyRegisteredMail,
    ApiKeyWaitingMail,
    AutoRenewalChangedMail,
    DocumentReadyMail,
    InvoiceIssuedMail,
    InvoiceVoidedMail,
    KeyDeactivatedMail,
    MailedDocument,
    PaidService,
    PasswordChangedMail,
    PasswordResetMail,
    PaymentFailedMail,
    PaymentReceivedMail,
    StartedSubscription,
    SubscriptionCanceledMail,
    SubscriptionStartedMail,
    SwitchToProductionKeyMail,
    TrialEndedMail,
    TrialEndingMail,
    TrialStartedMail,
)
from app.billing.periods import local_date
from app.billing.ports import Signer
from app.models import Customer, Invoice, Subscription, SubscriptionPeriod
from app.services.links import Links
from app.services.registration import ACTIVATION
from app.services.sessions import PASSWORD_RESET
from app.services.unit_of_work import Repositories


@dataclass(frozen=True, slots=True)
class MailContext:
    """Where a mail's facts come from."""

    repositories: Repositories
    customer: Customer
    payload: Mapping[str, Any]
    links: Links
    signer: Signer


def _activation(context: MailContext) -> MailData:
    token = context.repositories.one_time_tokens.get(context.payload["token_id"])
    link = context.links.activation(context.signer.sign(ACTIVATION, token.id))
    return ActivationMail(activation_url=link, valid_until=token.expires_at)


def _password_reset(context: MailContext) -> MailData:
    token = context.repositories.one_time_tokens.get(context.payload["token_id"])
    link = context.links.password_reset(context.signer.sign(PASSWORD_RESET, token.id))
    return PasswordResetMail(reset_url=link, valid_until=token.expires_at)


def _already_registered(context: MailContext) -> MailData:
    return AlreadyRegisteredMail(login_url=context.links.login(), reset_url=context.links.forgot_password())


def _password_changed(context: MailContext) -> MailData:
    changed_at = datetime.fromisoformat(context.payload["changed_at"])
    return PasswordChangedMail(changed_at=changed_at, reset_url=context.links.forgot_password())


def _trials(context: MailContext) -> list[Subscription]:
    held = context.repositories.subscriptions.of_customer(context.customer.id)
    return [row for row in held if row.trial_ends_at is not None]


def _names_and_end(trials: list[Subscription]) -> tuple[tuple[str, ...], datetime]:
    names = tuple(sorted(row.connector.name for row in trials))
    return names, max(row.trial_ends_at for row in trials if row.trial_ends_at is not None)


def _trial_started(context: MailContext) -> MailData:
    names, ends_at = _names_and_end(_trials(context))
    return TrialStartedMail(connectors=names, ends_at=ends_at, keys_url=context.links.keys())


def _trial_ending(context: MailContext) -> MailData | None:
    unpaid = [row for row in _trials(context) if row.first_paid_at is None]
    if not unpaid:
        return None  # all of it was bought after the notice was promised
    names, ends_at = _names_and_end(unpaid)
    return TrialEndingMail(connectors=names, ends_at=ends_at, checkout_url=context.links.catalogue())


def _trial_ended(context: MailContext) -> MailData:
    """What had not been paid when the trial ended, also if it has been since."""
    trials = _trials(context)
    _, ended_at = _names_and_end(trials)
    closed = [row for row in trials if row.first_paid_at is None or row.first_paid_at >= ended_at]
    names, _ = _names_and_end(closed)
    return TrialEndedMail(connectors=names, ended_at=ended_at, checkout_url=context.links.catalogue())


def _api_key_waiting(context: MailContext) -> MailData:
    return ApiKeyWaitingMail(reveal_url=context.links.key(context.payload["api_key_id"]))


def _switch_to_production_key(context: MailContext) -> MailData:
    shown_at = context.repositories.api_keys.production_key_shown_at(context.customer.id)
    assert shown_at is not None, "this mail is promised when the key is shown"
    return SwitchToProductionKeyMail(
        works_until=shown_at + TRIAL_KEY_AFTERLIFE, keys_url=context.links.keys()
    )


def _key_deactivated(context: MailContext) -> MailData:
    key = context.repositories.api_keys.get(context.payload["api_key_id"])
    assert key.deactivated_at is not None, "this mail is promised when the key is deactivated"
    return KeyDeactivatedMail(
        key_name=key.name,
        key_prefix=key.masked,
        deactivated_at=key.deactivated_at,
        keys_url=context.links.keys(),
    )


def _invoice(context: MailContext) -> Invoice:
    return context.repositories.invoices.one_of_customer(context.customer.id, context.payload["invoice_id"])


def _invoice_issued(context: MailContext) -> MailData:
    invoice = _invoice(context)
    return InvoiceIssuedMail(
        number=invoice.full_number,
        issued_on=invoice.issued_on,
        payer=invoice.payer.name,
        total=invoice.total,
        due_on=invoice.due_on,
        invoice_url=context.links.invoice(invoice.id),
    )


def _invoice_voided(context: MailContext) -> MailData:
    invoice = _invoice(context)
    return InvoiceVoidedMail(
        number=invoice.full_number,
        total=invoice.total,
        due_on=invoice.due_on,
        checkout_url=context.links.catalogue(),
    )


def _document_ready(context: MailContext) -> MailData:
    document = context.repositories.documents.get(context.payload["document_id"])
    invoice = context.repositories.invoices.get(document.invoice_id)
    return DocumentReadyMail(
        document=MailedDocument.INVOICE,
        number=document.number,
        issued_on=document.issued_on,
        payer=invoice.payer.name,
        total=invoice.total,
        download_url=context.links.document(document.id),
    )


def _periods(context: MailContext, invoice: Invoice) -> dict[int, SubscriptionPeriod]:
    """The paid period of each line that started one, by line id."""
    lines = [line.id for line in invoice.lines]
    rows = context.repositories.session.scalars(
        select(SubscriptionPeriod).where(SubscriptionPeriod.invoice_line_id.in_(lines))
    )
    return {row.invoice_line_id: row for row in rows}


def _payment_received(context: MailContext) -> MailData:
    payment = context.repositories.payments.get(context.payload["payment_id"])
    invoice = context.repositories.invoices.one_of_customer(context.customer.id, payment.invoice_id)
    periods = _periods(context, invoice)
    renewing = [
        periods[line.id].ends_at
        for line in invoice.lines
        if line.id in periods and line.subscription.auto_renew
    ]
    return PaymentReceivedMail(
        invoice_number=invoice.full_number,
        total=payment.amount,
        paid_at=payment.received_at,
        method=payment.method_label,
        services=tuple(
            PaidService(
                connector=line.subscription.connector.name,
                first_day=local_date(periods[line.id].starts_at),
                last_day=local_date(periods[line.id].ends_at),
                amount=line.total,
            )
            for line in invoice.lines
            if line.id in periods
        ),
        next_charge_on=local_date(min(renewing)) if renewing else None,
        payment_url=context.links.invoice(invoice.id),
    )


def _payment_failed(context: MailContext) -> MailData:
    attempt = context.repositories.attempts.get(UUID(context.payload["attempt_id"]))
    method = attempt.payment_method
    assert attempt.settled_at is not None, "this mail is promised when the attempt has failed"
    return PaymentFailedMail(
        invoice_number=attempt.invoice.full_number,
        total=attempt.amount,
        failed_at=attempt.settled_at,
        method=method.masked if method else "",
        next_attempt_on=None,
        access_until=None,
        pay_url=context.links.invoice(attempt.invoice_id),
    )


def _subscription_started(context: MailContext) -> MailData:
    invoice = _invoice(context)
    periods = _periods(context, invoice)
    return SubscriptionStartedMail(
        subscriptions=tuple(
            StartedSubscription(
                connector=line.subscription.connector.name,
                paid_until=local_date(periods[line.id].ends_at),
                make_account=line.subscription.make_account,
            )
            for line in invoice.lines
            if line.id in periods
        ),
        keys_url=context.links.keys(),
    )


def _subscription(context: MailContext) -> Subscription:
    return context.repositories.subscriptions.one_of_customer(
        context.customer.id, context.payload["subscription_id"]
    )


def _subscription_canceled(context: MailContext) -> MailData:
    row = _subscription(context)
    assert row.period_end is not None, "only a paid subscription is cancelled"
    return SubscriptionCanceledMail(
        connector=row.connector.name,
        last_day=local_date(row.period_end),
        subscription_url=context.links.subscription(row.id),
    )


def _auto_renewal_changed(context: MailContext) -> MailData:
    row = _subscription(context)
    assert row.period_end is not None, "only a paid subscription renews"
    price = context.repositories.connectors.prices([row.connector_id], row.currency, row.period_end)
    return AutoRenewalChangedMail(
        connector=row.connector.name,
        enabled=context.payload["enabled"],
        period_ends_on=local_date(row.period_end),
        price=price[row.connector_id, row.interval, row.currency].amount,
        subscription_url=context.links.subscription(row.id),
    )


def _access_ended(context: MailContext) -> MailData:
    """The day that was promised to be told, since the subscription may run again by now."""
    row = _subscription(context)
    return AccessEndedMail(
        connector=row.connector.name,
        ended_on=local_date(datetime.fromisoformat(context.payload["ended_at"])),
        resume_url=context.links.subscription(row.id),
    )


MAIL_CONTENTS: Mapping[MailKind, Callable[[MailContext], MailData | None]] = {
    MailKind.ACTIVATION: _activation,
    MailKind.PASSWORD_RESET: _password_reset,
    MailKind.ALREADY_REGISTERED: _already_registered,
    MailKind.PASSWORD_CHANGED: _password_changed,
    MailKind.TRIAL_STARTED: _trial_started,
    MailKind.TRIAL_ENDING: _trial_ending,
    MailKind.TRIAL_ENDED: _trial_ended,
    MailKind.API_KEY_WAITING: _api_key_waiting,
    MailKind.SWITCH_TO_PRODUCTION_KEY: _switch_to_production_key,
    MailKind.KEY_DEACTIVATED: _key_deactivated,
    MailKind.INVOICE_ISSUED: _invoice_issued,
    MailKind.INVOICE_VOIDED: _invoice_voided,
    MailKind.DOCUMENT_READY: _document_ready,
    MailKind.PAYMENT_RECEIVED: _payment_received,
    MailKind.PAYMENT_FAILED: _payment_failed,
    MailKind.SUBSCRIPTION_STARTED: _subscription_started,
    MailKind.SUBSCRIPTION_CANCELED: _subscription_canceled,
    MailKind.AUTO_RENEWAL_CHANGED: _auto_renewal_changed,
    MailKind.ACCESS_ENDED: _access_ended,
}
