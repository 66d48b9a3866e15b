"""Retries of unpaid renewals, and reminders where nothing can be charged (G4), in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.billing.errors import BillingError
from app.billing.invoice import InvoiceStatus
from app.models import Invoice, PaymentAttempt
from app.services.billing_chunks import BillingRun, in_billing_chunks
from app.services.bulk import BulkResult, failure_code
from app.services.claims import Claim, claim_charges
from app.services.dunning import Failure, apply_failures
from app.services.renewals import charge_and_settle
from app.services.settlement import settle_attempt
from app.services.unit_of_work import UnitOfWork

log = structlog.get_logger()


def retry_due(run: BillingRun) -> BulkResult:
    """Charge every open invoice whose next attempt is due. Running late makes one attempt, not many."""
    with run.transactions.reading() as repositories:
        due = repositories.invoices.due_for_attempt(run.now)
        waiting = repositories.attempts.waiting_on([invoice_id for invoice_id, _ in due])
    _close_pages(run, waiting)
    return in_billing_chunks(run, due, _claim, lambda claims: charge_and_settle(run, claims))


def _close_pages(run: BillingRun, waiting: Sequence[PaymentAttempt]) -> None:
    """An open page is closed first, and we go on only on a definite answer: what can't be closed or settled
    stays open, its invoice is not charged, and nobody else waits for it.
    """
    for attempt in waiting:
        gateway = run.gateways.get(attempt.provider)
        if gateway is None:
            continue
        outcome = gateway.close_checkout(str(attempt.id))
        try:
            settle_attempt(run.transactions, attempt_id=attempt.id, outcome=outcome, now=run.now)
        except (BillingError, SQLAlchemyError) as error:
            log.error("page_not_settled", attempt=str(attempt.id), failure=failure_code(error))


def _claim(work: UnitOfWork, invoice_ids: Sequence[int], run: BillingRun) -> list[Claim]:
    due = [row for row in work.invoices.locked_all(invoice_ids) if _is_due(row, run.now)]
    claims = claim_charges(work, due, preferred_methods(work, due), run.real_now)
    apply_failures(work, [Failure(invoice) for invoice in claims.uncharged], run.now)
    return claims.charges


def _is_due(invoice: Invoice, now: datetime) -> bool:
    due_at = invoice.next_attempt_at
    return invoice.status is InvoiceStatus.OPEN and due_at is not None and due_at <= now


def preferred_methods(work: UnitOfWork, invoices: Sequence[Invoice]) -> Mapping[int, int | None]:
    """The saved method that the subscriptions on each invoice name."""
    named = work.subscriptions.payment_methods(
        {line.subscription_id for invoice in invoices for line in invoice.lines}
    )
    return {invoice.id: named.get(invoice.lines[0].subscription_id) for invoice in invoices}
