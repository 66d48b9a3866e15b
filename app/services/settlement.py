"""Settlement: what gateways' answers about attempts change (H1), in bulk and in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError

from app.billing.actors import Actor
from app.billing.payment import ATTEMPT_TRANSITIONS, AttemptState, ChargeOutcome, OutcomeKind
from app.billing.ways_to_pay import name_of
from app.models import Invoice, PaymentAttempt, PaymentMethod
from app.services.conflicts import begun_anew
from app.services.dunning import Failure, apply_failures, release_given_up
from app.services.receipts import Receipt, receive
from app.services.resumption import resume_from_balance
from app.services.unit_of_work import Transactions, UnitOfWork

SETTLED_STATES = {
    OutcomeKind.SUCCEEDED: AttemptState.SUCCEEDED,
    OutcomeKind.FAILED: AttemptState.FAILED,
    OutcomeKind.AWAITING_CUSTOMER: AttemptState.AWAITING_CUSTOMER,
    OutcomeKind.ABANDONED: AttemptState.ABANDONED,
    OutcomeKind.NOT_FOUND: AttemptState.ABANDONED,
    OutcomeKind.UNKNOWN: AttemptState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a gateway says about an attempt."""

    attempt_id: UUID
    outcome: ChargeOutcome


def settle_attempt(
    transactions: Transactions, *, attempt_id: UUID, outcome: ChargeOutcome, now: datetime
) -> None:
    """Apply an answer about one attempt."""
    settle_attempts(transactions, settlements=[Settlement(attempt_id, outcome)], now=now)


def settle_attempts(transactions: Transactions, *, settlements: Sequence[Settlement], now: datetime) -> None:
    """Apply answers about attempts, once: the same or a late answer again changes nothing.

    A success pays the invoice and starts its subscriptions. Money that can't do so (the invoice is
    paid or void, a line can't start) is kept for the customer and staff get a task; money of another
    amount than asked for is never believed and goes to staff. When a check binds a Make account that a
    starting subscription has at this very moment, the database refuses, and it is done anew; also when
    the line broke and nobody knows whether the answer was stored: what was stored changes nothing.
    """
    begun_anew(partial(_settle, transactions, settlements, now), also=_is_settled_anew)


def _is_settled_anew(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or error.connection_invalidated


def _settle(transactions: Transactions, settlements: Sequence[Settlement], now: datetime) -> None:
    with transactions.begin(Actor.system("settlement")) as work:
        attempts, invoices = _locked(work, settlements)
        receipts, failures, unpaid = [], [], []
        for settlement in settlements:
            attempt = attempts[settlement.attempt_id]
            invoice = invoices[attempt.invoice_id]
            if not _record(work, attempt, invoice, settlement.outcome, now):
                continue
            if settlement.outcome.kind is OutcomeKind.SUCCEEDED:
                receipts.append(_receipt(invoice, attempt, settlement.outcome))
            elif settlement.outcome.kind is OutcomeKind.FAILED:
                failures.append(Failure(invoice, attempt))
            elif _needs_the_customer(attempt):
                failures.append(Failure(invoice, to_confirm=attempt))
            if attempt.state in {AttemptState.FAILED, AttemptState.ABANDONED}:
                unpaid.append(invoice)
        late = receive(work, receipts, now)
        apply_failures(work, failures, now)
        release_given_up(work, unpaid, now)
        resume_from_balance(work, late, now)


def _needs_the_customer(attempt: PaymentAttempt) -> bool:
    """A charge without the customer that the bank wants confirmed has not been paid: the dates run on."""
    return attempt.state is AttemptState.AWAITING_CUSTOMER and attempt.payment_method_id is not None


def _locked(
    work: UnitOfWork, settlements: Sequence[Settlement]
) -> tuple[dict[UUID, PaymentAttempt], dict[int, Invoice]]:
    """The attempts and their invoices, after the customers: the order in which everybody locks."""
    ids = [each.attempt_id for each in settlements]
    owners = work.attempts.owners(ids)
    work.customers.locked_all({customer_id for _, customer_id in owners})
    invoices = {row.id: row for row in work.invoices.locked_all({invoice_id for invoice_id, _ in owners})}
    return {row.id: row for row in work.attempts.locked_all(ids)}, invoices


def _record(
    work: UnitOfWork, attempt: PaymentAttempt, invoice: Invoice, outcome: ChargeOutcome, now: datetime
) -> bool:
    """Write the answer to the attempt; False when it changes nothing or can't be believed."""
    state = SETTLED_STATES[outcome.kind]
    if not ATTEMPT_TRANSITIONS.permits(attempt.state, state):
        return False
    if outcome.kind is OutcomeKind.SUCCEEDED and outcome.amount != attempt.amount:
        work.ask_staff("amount_mismatch", "payment_attempt", attempt.id, invoice.customer_id, now)
        return False
    work.move_attempt(attempt, state, outcome.failure_code or f"provider: {outcome.kind}", now)
    attempt.reference = outcome.reference or attempt.reference
    attempt.redirect_url = outcome.redirect_url or attempt.redirect_url
    attempt.failure_code = outcome.failure_code
    attempt.risk = outcome.risk or attempt.risk
    attempt.hard_decline = outcome.kind is OutcomeKind.FAILED and not outcome.retry
    if state in {AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.ABANDONED}:
        attempt.settled_at = now
    if outcome.kind is OutcomeKind.SUCCEEDED:
        _keep_method(work, invoice, attempt, outcome, now)
    return True


def _receipt(invoice: Invoice, attempt: PaymentAttempt, outcome: ChargeOutcome) -> Receipt:
    return Receipt(
        invoice=invoice,
        money=attempt.amount,
        provider=attempt.provider,
        reference=outcome.reference or str(attempt.id),
        label=_label(attempt, outcome),
        attempt_id=attempt.id,
    )


def _label(attempt: PaymentAttempt, outcome: ChargeOutcome) -> str:
    """The method that paid, masked; of one that nobody named its provider."""
    if outcome.method is not None:
        return f"{outcome.method.brand} •••• {outcome.method.last4}"
    if attempt.payment_method is not None:
        return attempt.payment_method.masked
    return name_of(attempt.provider)


def _keep_method(
    work: UnitOfWork, invoice: Invoice, attempt: PaymentAttempt, outcome: ChargeOutcome, now: datetime
) -> None:
    if outcome.method is None or attempt.payment_method_id is not None:
        return
    work.payment_methods.keep(
        PaymentMethod.of(
            outcome.method, customer_id=invoice.customer_id, provider=attempt.provider, created_at=now
        )
    )
