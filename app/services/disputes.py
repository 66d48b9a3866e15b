"""Disputes: a bank takes a payment back for its customer (H2, H3). What the provider reports is applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.billing.actors import Actor
from app.billing.disputes import (
    DISPUTE_POLICY,
    DebtChange,
    DisputePolicy,
    decide_dispute,
    told_anew,
)
from app.billing.money import Money
from app.billing.ports import PaymentProvider
from app.billing.provider import DisputeReport, DisputeState
from app.models import CreditKind, Dispute, Payment
from app.services.bookkeeping import Cause, book
from app.services.provider_answers import Found, provider_of
from app.services.refund_effects import end_paid_period
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions, UnitOfWork

LONGEST_REASON_CODE = 64
DISPUTED = "its payment was disputed"


def look_at_dispute(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    provider: str,
    reference: str,
    now: datetime,
    policy: DisputePolicy = DISPUTE_POLICY,
) -> Found:
    """Ask the provider how a dispute stands and apply it; any order of looks ends the same.

    A dispute that opens, is lost or is won is a task for staff. Access stays unless the policy ends it. A
    lost one takes the money off the account at the provider, and the customer owes it; one that is won back
    takes that back. NOTHING when the payment is none that we know: then nothing is stored.
    """
    report = provider_of(providers, provider).find_dispute(reference)
    if report is None:
        return Found.SILENCE
    with transactions.begin(Actor.system(f"dispute:{provider}")) as work:
        payment = work.payments.by_reference(provider, report.payment_reference)
        if payment is None:
            return Found.NOTHING
        work.customers.get(payment.customer_id, lock=True)
        _apply(work, payment, report, policy, now)
        return Found.OURS


def note_dispute(
    transactions: Transactions, *, actor: Actor, dispute_id: int, note: str, now: datetime
) -> None:
    """Write down what staff did about a dispute; the note stays in its history.

    Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted for anybody but staff.
    """
    require_staff(actor)
    note = stated_reason(note)
    with transactions.begin(actor) as work:
        row = work.disputes.get(dispute_id)
        work.audit("dispute.note", "dispute", row.id, customer_id=row.customer_id, reason=note, now=now)


def _apply(
    work: UnitOfWork, payment: Payment, report: DisputeReport, policy: DisputePolicy, now: datetime
) -> None:
    row = work.disputes.by_reference(payment.provider, report.reference)
    before = None if row is None else row.state
    decision = decide_dispute(before, report, policy)
    row = row or work.disputes.add(_opened(payment, report, now))
    if report.amount.currency != payment.currency:
        work.ask_staff("amount_mismatch", "dispute", row.id, row.customer_id, now)
        return
    lost = min(decision.lost, _left_of(work, payment))
    row.state, row.amount_minor = report.state, report.amount.minor
    change_debt(work, row, told_anew(row.debt, lost), now)
    row.evidence_due_at = report.evidence_due_at or row.evidence_due_at
    if decision.task is None:
        return
    row.closed_at = None if report.state is DisputeState.OPEN else now
    work.record_status(
        "dispute", row.id, before.value if before else None, report.state.value, row.reason, now
    )
    work.ask_staff(decision.task, "dispute", row.id, row.customer_id, now)
    if decision.ends_access:
        end_disputed_access(work, payment, now)


def _left_of(work: UnitOfWork, payment: Payment) -> Money:
    """What a dispute may take at most: PayPal tells of a claim that was paid out as a refund as well."""
    return payment.amount - work.refunds.sent_at_provider(payment)


def _opened(payment: Payment, report: DisputeReport, now: datetime) -> Dispute:
    return Dispute(
        provider=payment.provider,
        reference=report.reference,
        customer_id=payment.customer_id,
        payment_id=payment.id,
        currency=report.amount.currency,
        amount_minor=report.amount.minor,
        lost_minor=0,
        state=report.state,
        reason=report.reason[:LONGEST_REASON_CODE],
        evidence_due_at=report.evidence_due_at,
        opened_at=now,
    )


def change_debt(work: UnitOfWork, row: Dispute, change: DebtChange, now: datetime) -> None:
    """Book what became of a dispute's debt; its customer is locked."""
    row.lost_minor = change.debt.lost.minor
    row.paid_minor, row.written_off_minor = change.debt.paid.minor, change.debt.written_off.minor
    invoice = work.invoices.get(row.payment.invoice_id)
    cause = Cause(invoice.seller_id, row.customer_id, invoice_id=invoice.id, payment_id=row.payment_id)
    book(work, change.entries(row.provider), cause, now)
    work.credits.change(row.customer_id, CreditKind.BALANCE, change.to_balance)


def end_disputed_access(work: UnitOfWork, payment: Payment, now: datetime) -> None:
    """End the periods that a payment bought and that still run or have not begun. One whose subscription
    has paid for a later one goes on: its end would take that as well.
    """
    for line in work.refunds.started_lines(payment.invoice_id):
        paid = work.refunds.paid_line(payment.customer_id, line.id)
        if now < paid.period.ends_at and not work.refunds.keeps_later_period(paid.period):
            end_paid_period(work, paid, DISPUTED, now)
