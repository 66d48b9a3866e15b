"""Settlement: what a gateway's answer about an attempt changes (H1), in one transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.invoice import InvoiceStatus
from app.billing.mail import MailKind
from app.billing.money import Money, total
from app.billing.payment import ATTEMPT_TRANSITIONS, AttemptState, ChargeOutcome, OutcomeKind
from app.billing.periods import anchor_day_of, period_starting
from app.billing.subscription import LIVE, PAID, SubscriptionStatus
from app.models import (
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Subscription,
    SubscriptionPeriod,
)
from app.services.api_keys import add_waiting_key
from app.services.unit_of_work import Transactions, UnitOfWork

SETTLING_ROUNDS = 3
log = structlog.get_logger()

SETTLED_STATES = {
    OutcomeKind.SUCCEEDED: AttemptState.SUCCEEDED,
    OutcomeKind.FAILED: AttemptState.FAILED,
    OutcomeKind.AWAITING_CUSTOMER: AttemptState.AWAITING_CUSTOMER,
    OutcomeKind.ABANDONED: AttemptState.ABANDONED,
    OutcomeKind.NOT_FOUND: AttemptState.ABANDONED,
    OutcomeKind.UNKNOWN: AttemptState.UNKNOWN,
}


def settle_attempt(
    transactions: Transactions, *, attempt_id: UUID, outcome: ChargeOutcome, now: datetime
) -> None:
    """Apply an answer about an attempt, once: the same or a late answer again changes nothing.

    A success pays the invoice and starts its subscriptions. Money that can't do so (the invoice is
    paid or void, a line can't start) is kept for the customer and staff get a task; money of another
    amount than asked for is never believed and goes to staff. When a check binds a Make account that a
    starting subscription has at this very moment, the database refuses, and it is done anew.
    """
    for _ in range(SETTLING_ROUNDS - 1):
        try:
            return _settle(transactions, attempt_id, outcome, now)
        except IntegrityError:
            log.warning("settled_anew", attempt=str(attempt_id))
    return _settle(transactions, attempt_id, outcome, now)


def _settle(transactions: Transactions, attempt_id: UUID, outcome: ChargeOutcome, now: datetime) -> None:
    with transactions.begin(Actor.system("settlement")) as work:
        attempt = work.attempts.get(attempt_id)
        invoice = work.invoices.get(attempt.invoice_id)
        work.customers.get(invoice.customer_id, lock=True)
        attempt = work.attempts.get(attempt_id, lock=True)
        new_state = SETTLED_STATES[outcome.kind]
        if not ATTEMPT_TRANSITIONS.permits(attempt.state, new_state):
            return
        if outcome.kind is OutcomeKind.SUCCEEDED and outcome.amount != attempt.amount:
            work.ask_staff("amount_mismatch", "payment_attempt", attempt_id, invoice.customer_id, now)
            return
        _record(work, attempt, outcome, new_state, now)
        if outcome.kind is OutcomeKind.SUCCEEDED:
            _receive(work, work.invoices.locked(invoice.id), attempt, outcome, now)
        elif outcome.kind is OutcomeKind.FAILED:
            work.promise_mail(
                MailKind.PAYMENT_FAILED,
                invoice.customer_id,
                dedupe_key=str(attempt.id),
                attempt_id=str(attempt.id),
            )


def _record(
    work: UnitOfWork, attempt: PaymentAttempt, outcome: ChargeOutcome, state: AttemptState, now: datetime
) -> None:
    work.move_attempt(attempt, state, outcome.failure_code or f"provider: {outcome.kind}", now)
    attempt.reference = outcome.reference or attempt.reference
    attempt.redirect_url = outcome.redirect_url or attempt.redirect_url
    attempt.failure_code = outcome.failure_code
    if state in {AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.ABANDONED}:
        attempt.settled_at = now


def _receive(
    work: UnitOfWork, invoice: Invoice, attempt: PaymentAttempt, outcome: ChargeOutcome, now: datetime
) -> None:
    """Book the money: pay the invoice and start what can start; the rest stays the customer's."""
    _keep_method(work, invoice, attempt, outcome, now)
    if invoice.status is InvoiceStatus.OPEN:
        work.move_invoice(invoice, InvoiceStatus.PAID, "charge succeeded", now)
        invoice.paid_at = now
        started = _start_subscriptions(work, invoice, now)
    else:
        started = []
    used = total((line.total for line in started), invoice.currency)
    unallocated = attempt.amount - used
    payment = work.payments.add(_payment(invoice, attempt, outcome, unallocated, now))
    if unallocated:
        work.ask_staff("unallocated_payment", "payment", payment.id, invoice.customer_id, now)
    work.promise_mail(
        MailKind.PAYMENT_RECEIVED, invoice.customer_id, dedupe_key=str(payment.id), payment_id=payment.id
    )
    if started:
        _welcome(work, invoice, now)


def _payment(
    invoice: Invoice, attempt: PaymentAttempt, outcome: ChargeOutcome, unallocated: Money, now: datetime
) -> Payment:
    method = outcome.method
    return Payment(
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        attempt_id=attempt.id,
        provider=attempt.provider,
        provider_reference=outcome.reference or str(attempt.id),
        method_label=f"{method.brand} •••• {method.last4}" if method else attempt.provider,
        currency=invoice.currency,
        amount_minor=attempt.amount_minor,
        unallocated_minor=unallocated.minor,
        received_at=now,
    )


def _keep_method(
    work: UnitOfWork, invoice: Invoice, attempt: PaymentAttempt, outcome: ChargeOutcome, now: datetime
) -> None:
    if outcome.method is None:
        return
    work.payment_methods.keep(
        PaymentMethod(
            customer_id=invoice.customer_id,
            provider=attempt.provider,
            token=outcome.method.token,
            brand=outcome.method.brand,
            last4=outcome.method.last4,
            fingerprint=outcome.method.fingerprint,
            created_at=now,
        )
    )


def _start_subscriptions(work: UnitOfWork, invoice: Invoice, now: datetime) -> list[InvoiceLine]:
    """Start every line that can start now (B4); the others are returned to the customer's side."""
    rows = {
        row.id: row for row in work.subscriptions.locked([line.subscription_id for line in invoice.lines])
    }
    started = []
    for line in invoice.lines:
        subscription = rows[line.subscription_id]
        if subscription.status in PAID:
            continue
        _start(work, subscription, line, now)
        started.append(line)
    return started


def _start(work: UnitOfWork, subscription: Subscription, line: InvoiceLine, now: datetime) -> None:
    anchor_day = anchor_day_of(now)
    period = period_starting(now, line.interval, anchor_day)
    if _account_is_taken(work, subscription):  # bound meanwhile: the next use of another account binds this
        subscription.make_account = None
    subscription.anchor_day = anchor_day
    subscription.period_start, subscription.period_end = period.start, period.end
    subscription.first_paid_at = subscription.first_paid_at or now
    subscription.interval = line.interval
    subscription.first_failed_at = subscription.canceled_at = None
    work.move_subscription(subscription, SubscriptionStatus.ACTIVE, "invoice paid", now)
    work.session.add(
        SubscriptionPeriod(
            subscription_id=subscription.id,
            starts_at=period.start,
            ends_at=period.end,
            price_version_id=line.price_version_id,
            invoice_line_id=line.id,
        )
    )


def _account_is_taken(work: UnitOfWork, subscription: Subscription) -> bool:
    return subscription.make_account is not None and any(
        other.id != subscription.id
        and other.connector_id == subscription.connector_id
        and other.make_account == subscription.make_account
        and other.status in LIVE
        for other in work.subscriptions.of_customer(subscription.customer_id)
    )


def _welcome(work: UnitOfWork, invoice: Invoice, now: datetime) -> None:
    """Tell what has started, and make the production key when this is the first payment (E1)."""
    work.promise_mail(
        MailKind.SUBSCRIPTION_STARTED,
        invoice.customer_id,
        dedupe_key=str(invoice.id),
        invoice_id=invoice.id,
    )
    if not work.api_keys.has_kind(invoice.customer_id, ApiKeyKind.PRODUCTION):
        customer = work.customers.get(invoice.customer_id)
        add_waiting_key(work, customer, ApiKeyKind.PRODUCTION, now)
