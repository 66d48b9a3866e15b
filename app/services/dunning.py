"""Dunning: writes down what follows when a renewal, or used operations, could not be paid (G4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.dunning import after_failure, is_due
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
    to_confirm: PaymentAttempt | None = None
    """A charge that the bank wants its customer to confirm first."""


def apply_failures(work: UnitOfWork, failures: Sequence[Failure], now: datetime) -> None:
    """Move invoices and subscriptions on in their dunning, and tell the customers.

    Customers and invoices are locked by the caller. A failed first purchase leaves the order open as it is,
    and a renewal that is tried before its day is not due yet. Nobody is dunned for what was given up.
    """
    rows = _subscriptions(work, [each.invoice for each in failures if _is_dunned(each.invoice, now)])
    told = []
    for failure in failures:
        held = [rows[line.subscription_id] for line in failure.invoice.lines if line.subscription_id in rows]
        wanted = [row for row in held if _is_wanted(row, failure.invoice)]
        owed = bool(wanted) or failure.invoice.purpose is InvoicePurpose.USAGE
        if held and owed:
            _move_on(work, failure, wanted, now)
        if owed or not held:
            told.append(failure)
    reschedule(work, list(rows.values()), invoiced=frozenset(rows))
    for failure in told:
        _tell(work, failure, now)


def release_given_up(work: UnitOfWork, unpaid: Sequence[Invoice], now: datetime) -> None:
    """Take off these locked invoices what was given up while their charge was in doubt (design §3).

    They were not paid after all. What is left of them is issued again and goes on in its dunning.
    """
    renewals = [
        each
        for each in unpaid
        if each.status is InvoiceStatus.OPEN and each.purpose is InvoicePurpose.RENEWAL
    ]
    given_up = {row.id for row in _subscriptions(work, renewals).values() if not row.renews}
    if given_up:
        release_lines(work, given_up, "the subscription was given up", now)


def _subscriptions(work: UnitOfWork, invoices: Sequence[Invoice]) -> dict[int, Subscription]:
    ids = {line.subscription_id for each in invoices for line in each.lines}
    return {row.id: row for row in work.subscriptions.locked(ids)} if ids else {}


def _is_dunned(invoice: Invoice, now: datetime) -> bool:
    if invoice.status is not InvoiceStatus.OPEN or invoice.purpose not in DUNNED:
        return False
    return is_due(invoice.first_failed_at, invoice.next_attempt_at, now)


def _is_wanted(row: Subscription, invoice: Invoice) -> bool:
    """Whether the failure puts the subscription into dunning. What was used is owed in any case."""
    return row.status in RENEWING if invoice.purpose is InvoicePurpose.USAGE else row.renews


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
    if failure.to_confirm is not None:
        work.promise_mail(
            MailKind.PAYMENT_CONFIRMATION,
            invoice.customer_id,
            dedupe_key=str(failure.to_confirm.id),
            attempt_id=str(failure.to_confirm.id),
        )
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
    elif in_dunning and failure.to_confirm is None:
        assert invoice.first_failed_at is not None, "it has just failed"
        step = (now - invoice.first_failed_at).days
        work.promise_mail(
            MailKind.PAYMENT_REMINDER,
            invoice.customer_id,
            dedupe_key=f"{invoice.id}:{step}",
            invoice_id=invoice.id,
            step=step,
        )
