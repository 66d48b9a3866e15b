"""Refunds that somebody made on a provider's own page: the money has left, so the books must say it (H7).

A refund of ours is told from them by the mark that its order put on it, or by its name; it is settled as it
always is, even when the provider tells of it before our own call has come back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict
from app.billing.ledger import (
    balance_refund_decided,
    refund_sent,
    service_refund_decided,
    used_money_sent_back,
)
from app.billing.mail import MailKind
from app.billing.money import Money
from app.billing.ports import PaymentProvider
from app.billing.provider import RefundOutcomeKind, RefundReport
from app.billing.refund_route import SentBack, sent_back
from app.billing.refunds import RefundSource, RefundStatus
from app.billing.tax import included_vat
from app.models import CreditKind, InvoiceLine, Payment, Refund
from app.services.bookkeeping import book
from app.services.provider_answers import Found, provider_of
from app.services.refund_effects import cause_of, end_access, give_back
from app.services.refund_sending import note_failure, refresh_refund
from app.services.refunds import locked_refund, settle_refund
from app.services.sign_off import require_staff, signature, stated_reason
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

MADE = frozenset({RefundOutcomeKind.SUCCEEDED, RefundOutcomeKind.PENDING})
"""The money is off our account at the provider, be it at the customer's bank already or not."""
OWED = frozenset({RefundStatus.APPROVED, RefundStatus.FAILED})
"""Refunds of ours that wait to be sent: one that somebody sent by hand at the provider is it."""
WHY = "made at the provider"


def look_at_reported_refund(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    provider: str,
    reference: str,
    now: datetime,
    real_now: datetime,
) -> Found:
    """Ask the provider for the refund that it calls so, and have the books say the same; again is once.

    One of ours is settled. One that somebody made at the provider takes from its payment, never above what
    came, is booked and told to the customer; whether access ends a person decides. NOTHING when its payment
    is none that we know, or it bears the mark of an order that we gave up.
    """
    report = provider_of(providers, provider).report_refund(reference)
    if report is None:
        return Found.SILENCE
    with transactions.reading() as repositories:
        ours = repositories.refunds.meant_by(provider, report)
    if not ours:
        with transactions.begin(Actor.system(f"refund:{provider}")) as work:
            return _note(work, provider, report, now)
    said = {
        refresh_refund(transactions, providers, refund_id=refund_id, now=now, real_now=real_now)
        for refund_id in ours
    }
    return Found.SILENCE if RefundOutcomeKind.UNKNOWN in said else Found.OURS


def end_refunded_access(
    transactions: Transactions, *, actor: Actor, refund_id: int, reason: str, now: datetime
) -> None:
    """Decide that the access ends which a refund made at the provider had paid for.

    Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted for anybody but staff, Conflict
    (NO_ACCESS_TO_END: it is no such refund, or its period is over; REFUND_LATER_PERIOD_FIRST).
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        refund = locked_refund(work, refund_id)
        if not access_may_end(work, refund, now):
            raise Conflict(f"refund {refund_id}", code="NO_ACCESS_TO_END")
        paid = work.refunds.paid_line(refund.customer_id, refund.invoice_line_id)
        if work.refunds.keeps_later_period(paid.period):
            raise Conflict(f"refund {refund_id}", code="REFUND_LATER_PERIOD_FIRST")
        end_access(work, paid, now)
        work.audit(
            "refund.end_access", "refund", refund_id, customer_id=refund.customer_id, reason=reason, now=now
        )


def access_may_end(repositories: Repositories, refund: Refund, now: datetime) -> bool:
    """Whether the refund was made at the provider while the period that it gives back still runs."""
    if refund.source is not RefundSource.MADE_AT_PROVIDER or refund.status is not RefundStatus.SENT:
        return False
    period = repositories.refunds.period_of(refund)
    return period is not None and now < period.ends_at


def _note(work: UnitOfWork, provider: str, report: RefundReport, now: datetime) -> Found:
    payment = work.payments.by_reference(provider, report.payment_reference)
    if payment is None or _is_of_a_former_order(payment, report):
        return Found.NOTHING
    work.customers.get(payment.customer_id, lock=True)
    payment = work.payments.get(payment.id, lock=True)
    known = work.refunds.made_at_provider(payment.id, report.reference)
    if known:
        _follow(work, known, report, now)
    elif report.outcome.kind in MADE:
        _take_up(work, payment, report, now)
    return Found.OURS


def _is_of_a_former_order(payment: Payment, report: RefundReport) -> bool:
    """PayPal puts the mark of the payment, the attempt's id, on refunds that are made on its page."""
    return report.mark is not None and not report.mark.startswith(str(payment.attempt_id))


def _follow(work: UnitOfWork, known: Sequence[Refund], report: RefundReport, now: datetime) -> None:
    """What was booked came back to us: it is owed again."""
    if report.outcome.kind is RefundOutcomeKind.FAILED:
        for refund in known:
            note_failure(work, refund, report.outcome.failure_code, now)


def _take_up(work: UnitOfWork, payment: Payment, report: RefundReport, now: datetime) -> None:
    amount = report.outcome.amount
    if amount is None or amount.currency != payment.currency:
        work.ask_staff("refund_amount_mismatch", "payment", payment.id, payment.customer_id, now)
        return
    owed = work.refunds.owed_to_method(payment, amount, OWED)
    if owed is not None:
        owed.order_id = None  # it need not be asked for any more
        settle_refund(work, owed, report.reference, now)
    elif payment.amount.minor < payment.refunded_minor + work.disputes.lost_of(payment.id) + amount.minor:
        work.ask_staff("refund_above_payment", "payment", payment.id, payment.customer_id, now)
    else:
        _book(work, payment, report.reference, amount, now)


def _book(work: UnitOfWork, payment: Payment, reference: str, amount: Money, now: datetime) -> None:
    lines = work.refunds.lines_paid(payment.invoice_id)
    left = [line.total - work.refunds.given_back_of(line) for line in lines]
    held = work.credits.of_customers([payment.customer_id])
    balance = held.get(
        (payment.customer_id, payment.currency, CreditKind.BALANCE), Money.zero(amount.currency)
    )
    loose = payment.unallocated_minor - payment.unallocated_refunded_minor
    parts = sent_back(amount, Money(loose, payment.currency), balance, left)
    payment.refunded_minor += amount.minor
    payment.unallocated_refunded_minor += min(parts.loose.minor, loose)
    for line, part in zip(lines, parts.lines, strict=True):
        if part:
            _give_back_of_line(work, _made(work, payment, line, reference, part, now), line, part, now)
    if parts.loose:
        _give_back_of_balance(work, _made(work, payment, None, reference, parts.loose, now), parts, now)


def _give_back_of_line(
    work: UnitOfWork, refund: Refund, line: InvoiceLine, part: Money, now: datetime
) -> None:
    if line.operation_price_id is None:
        give_back(work, refund, part, now)
    else:
        before = line.total - work.refunds.given_back_of(line, beside=refund.id)
        vat = included_vat(before, line.vat_rate) - included_vat(before - part, line.vat_rate)
        refund.service_minor = part.minor
        book(work, service_refund_decided(part, vat), cause_of(refund), now)
    _leave(work, refund, now)


def _give_back_of_balance(work: UnitOfWork, refund: Refund, parts: SentBack, now: datetime) -> None:
    book(work, balance_refund_decided(parts.balance), cause_of(refund), now)
    book(work, used_money_sent_back(parts.loss), cause_of(refund), now)
    work.credits.change(refund.customer_id, CreditKind.BALANCE, -parts.balance)
    _leave(work, refund, now)


def _made(
    work: UnitOfWork, payment: Payment, line: InvoiceLine | None, reference: str, part: Money, now: datetime
) -> Refund:
    invoice = work.invoices.get(payment.invoice_id)
    refund = work.refunds.add(
        Refund(
            seller_id=invoice.seller_id,
            customer_id=payment.customer_id,
            payment_id=payment.id,
            invoice_line_id=None if line is None else line.id,
            subscription_id=None if line is None else line.subscription_id,
            source=RefundSource.MADE_AT_PROVIDER,
            status=RefundStatus.SENT,
            currency=part.currency,
            amount_minor=part.minor,
            to_method_minor=part.minor,
            reason=WHY,
            requested_by=signature(work.actor),
            requested_at=now,
            sent_at=now,
            provider_reference=reference,
        )
    )
    work.record_status("refund", refund.id, None, RefundStatus.SENT, WHY, now)
    return refund


def _leave(work: UnitOfWork, refund: Refund, now: datetime) -> None:
    """The money has left already: book that, tell the customer, ask staff what becomes of the access."""
    book(work, refund_sent(refund.payment.provider, refund.amount), cause_of(refund), now)
    work.audit(
        "refund.made_at_provider",
        "refund",
        refund.id,
        customer_id=refund.customer_id,
        now=now,
        details={
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "reference": refund.provider_reference,
        },
    )
    work.promise_mail(
        MailKind.REFUND_SENT, refund.customer_id, dedupe_key=str(refund.id), refund_id=refund.id
    )
    work.ask_staff("refund_made_at_provider", "refund", refund.id, refund.customer_id, now)
