"""Dunning: writes down what follows when a renewal, or used operations, could not be paid (G4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.dunning import after_failure
from app.billing.invoice import DUNNED, InvoicePurpose, InvoiceStatus
from app.billing.mail import MailKind
from app.billing.subscription import RENEWING, SubscriptionStatus
from app.models import Invoice, PaymentAttempt, Subscription
from app.services.invoice_voiding import release_lines
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Failure:
    """An open invoice that was not paid; without an attempt there was nothing to charge."""

    invoice: Invoice
    attempt: PaymentAttempt | None = None


def apply_failures(work: UnitOfWork, failures: Sequence[Failure], now: datetime) -> None:
    """Move invoices and subscriptions on in their dunning, and tell the customers.

    Customers and invoices are locked by the caller. A failed first purchase leaves the order open as it is.
    """
    dunned = [
        each
        for each in failures
        if each.invoice.status is InvoiceStatus.OPEN and each.invoice.purpose in DUNNED
    ]
    rows = {
        row.id: row
        for row in work.subscriptions.locked(
            {line.subscription_id for each in dunned for line in each.invoice.lines}
        )
    }
    for failure in dunned:
        held = [rows[line.subscription_id] for line in failure.invoice.lines]
        _move_on(work, failure, [row for row in held if row.status in RENEWING], now)
    reschedule(work, list(rows.values()), invoiced=frozenset(rows))
    for failure in failures:
        _tell(work, failure, now)
    given_up = {
        line.subscription_id
        for each in dunned
        if each.invoice.purpose is InvoicePurpose.RENEWAL
        for line in each.invoice.lines
        if rows[line.subscription_id].status not in RENEWING
    }
    if given_up:  # cancelled while the charge was in doubt: the others go on without them
        work.session.flush()
        release_lines(work, given_up, "the subscription was given up", now)


def _move_on(work: UnitOfWork, failure: Failure, held: Sequence[Subscription], now: datetime) -> None:
    invoice = failure.invoice
    decision = after_failure(invoice.first_failed_at, now)
    invoice.first_failed_at = decision.first_failed_at
    invoice.next_attempt_at = decision.next_attempt_at
    for row in held:
        row.first_failed_at = decision.first_failed_at
        if row.status is SubscriptionStatus.ACTIVE:
            work.move_subscription(row, SubscriptionStatus.PAYMENT_PENDING, "the renewal was not paid", now)
        if row.status is not decision.status:
            work.move_subscription(row, decision.status, "the last retry was not paid", now)


def _tell(work: UnitOfWork, failure: Failure, now: datetime) -> None:
    invoice, attempt = failure.invoice, failure.attempt
    in_dunning = invoice.purpose in DUNNED and invoice.status is InvoiceStatus.OPEN
    if in_dunning and invoice.next_attempt_at is None:
        work.promise_mail(
            MailKind.SUBSCRIPTION_SUSPENDED,
            invoice.customer_id,
            dedupe_key=str(invoice.id),
            invoice_id=invoice.id,
        )
    elif attempt is not None:
        work.promise_mail(
            MailKind.PAYMENT_FAILED,
            invoice.customer_id,
            dedupe_key=str(attempt.id),
            attempt_id=str(attempt.id),
        )
    elif in_dunning:
        assert invoice.first_failed_at is not None, "it has just failed"
        step = (now - invoice.first_failed_at).days
        work.promise_mail(
            MailKind.PAYMENT_REMINDER,
            invoice.customer_id,
            dedupe_key=f"{invoice.id}:{step}",
            invoice_id=invoice.id,
            step=step,
        )
