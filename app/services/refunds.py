"""Refunds: explained, asked for, decided by a person, sent (H7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput
from app.billing.ledger import refund_sent
from app.billing.mail import MailKind
from app.billing.money import Money
from app.billing.periods import Period
from app.billing.refunds import (
    REFUND_POLICY,
    RefundDecision,
    RefundFacts,
    RefundKind,
    RefundStatus,
    decide_refund,
    require_approver,
)
from app.billing.transitions import IllegalTransition
from app.models import BALANCE_PROVIDER, BANK_PROVIDER, Payment, Refund
from app.repositories.refunds import PaidLine
from app.services.bookkeeping import book
from app.services.refund_effects import cause_of, end_access, give_back, take_from_payments
from app.services.sign_off import require_own_or_staff, require_staff, signature, stated_reason
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

LONGEST_REFERENCE = 128
PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
BY_HAND = frozenset({BALANCE_PROVIDER, BANK_PROVIDER})
"""Refunds of their payments are not ordered of a provider."""
NOT_TOLD = ("unknown_refund", "refund_amount_mismatch")
"""Tasks after which staff say what became of a refund that a provider was asked to send."""


class RefundRefused(Conflict):
    """The policy gives nothing back of this line; the code is the policy's own (`RefundCode`)."""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Which paid line is to go back, whose it is, and why."""

    customer_id: int
    invoice_line_id: int
    reason: str


def quote_refund(
    transactions: Transactions, *, customer_id: int, invoice_line_id: int, now: datetime
) -> RefundDecision:
    """What the policy would give back of a paid line if it was asked for now. Writes nothing.

    Raises NotFound for another customer's line and for one that has bought no period.
    """
    with transactions.reading() as repositories:
        paid = repositories.refunds.paid_line(customer_id, invoice_line_id)
        return decide_refund(_facts(repositories, paid, now), REFUND_POLICY, now)


def request_refund(transactions: Transactions, *, actor: Actor, request: RefundRequest, now: datetime) -> int:
    """Ask for what the policy gives back of a paid line; the refund's id. Nothing moves before a decision.

    The customer asks for their own, staff for any customer. Raises NotFound, InvalidInput
    (REASON_REQUIRED), RefundRefused with the policy's code, Conflict (REFUND_OPEN) while another refund of
    the line waits, Conflict (REFUND_LATER_PERIOD_FIRST) while a later period of the subscription is paid.
    """
    require_own_or_staff(actor, request.customer_id)
    reason = stated_reason(request.reason)
    with transactions.begin(actor) as work:
        work.customers.get(request.customer_id, lock=True)
        paid = work.refunds.paid_line(request.customer_id, request.invoice_line_id)
        if work.refunds.is_waiting(paid.line.id):
            raise Conflict(f"line {paid.line.id}", code="REFUND_OPEN")
        decision = decide_refund(_facts(work, paid, now), REFUND_POLICY, now)
        if decision.kind is RefundKind.NONE:
            raise RefundRefused(f"line {paid.line.id}", code=decision.code)
        _require_last_period(work, paid)
        refund = work.refunds.add(_refund(work, actor, paid, decision, reason, now))
        work.record_status("refund", refund.id, None, RefundStatus.REQUESTED, reason, now)
        _audit(work, refund, "request", reason, now)
        _mail(work, MailKind.REFUND_REQUESTED, refund)
        return refund.id


def approve_refund(
    transactions: Transactions, *, actor: Actor, refund_id: int, reason: str, now: datetime
) -> None:
    """Decide that the money goes back: it is taken from its payment, booked, and access ends.

    First to the method that paid, the rest to the balance that paid the rest; what goes to the balance
    alone is sent by that. Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted for anybody but
    staff, SecondPersonRequired, IllegalTransition when it was decided already, Conflict
    (REFUND_EXCEEDS_PAYMENT, REFUND_LATER_PERIOD_FIRST; PAYMENT_DISPUTED while a bank takes the money back).
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        refund = _decided(work, refund_id, RefundStatus.APPROVED, reason, now)
        require_approver(refund.requested_by, signature(actor), refund.amount, REFUND_POLICY)
        if is_disputed(work, refund):
            raise Conflict(f"refund {refund.id}", code=PAYMENT_DISPUTED)
        paid = work.refunds.paid_line(refund.customer_id, refund.invoice_line_id)
        _require_last_period(work, paid)
        to_method = take_from_payments(work, refund, paid)
        give_back(work, refund, to_method, now)
        end_access(work, paid, now)
        refund.to_method_minor = to_method.minor
        if to_method:
            order_refund(work, refund)
        else:
            _close_as_sent(work, refund, BALANCE_PROVIDER, now)


def reject_refund(
    transactions: Transactions, *, actor: Actor, refund_id: int, reason: str, now: datetime
) -> None:
    """Decide that nothing goes back; access stays. Raises as `approve_refund` does, but for money."""
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        _decided(work, refund_id, RefundStatus.REJECTED, reason, now)


def send_refund_again(
    transactions: Transactions, *, actor: Actor, refund_id: int, reason: str, now: datetime
) -> None:
    """Order a refund of its provider anew, under another key: the provider refused the order before, or
    was never asked.

    Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted for anybody but staff, Conflict
    (REFUND_NOT_BY_PROVIDER; REFUND_LEAVES_BY_BANK once a payment order was made; PAYMENT_DISPUTED while a
    bank takes the money back), IllegalTransition unless it failed or is approved: what is being sent may
    arrive yet.
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        refund = owed_refund(work, refund_id, reason, now)
        if refund.payment.provider in BY_HAND:
            raise Conflict(f"refund {refund.id}", code="REFUND_NOT_BY_PROVIDER")
        if refund.payment_order_at is not None:
            raise Conflict(f"refund {refund.id}", code="REFUND_LEAVES_BY_BANK")
        order_refund(work, refund)
        _audit(work, refund, "send_again", reason, now)


def send_refund_by_bank(
    transactions: Transactions, *, actor: Actor, refund_id: int, reason: str, now: datetime
) -> None:
    """Let a refund that its provider can't send leave by bank transfer, as the refund of a transfer does.

    Whatever the provider was asked is void. Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted
    for anybody but staff, Conflict (PAYMENT_DISPUTED while a bank takes the money back), IllegalTransition
    unless it failed or no provider was asked yet.
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        refund = owed_refund(work, refund_id, reason, now)
        if refund.leaves_from == BANK_PROVIDER:
            return
        refund.through, refund.order_id, refund.failure_code = BANK_PROVIDER, None, None
        _audit(work, refund, "by_bank", reason, now)


def mark_refund_sent(
    transactions: Transactions,
    *,
    actor: Actor,
    refund_id: int,
    reference: str,
    now: datetime,
    through: str | None = None,
) -> None:
    """Write down that the money has left; `reference` is the provider's or the bank's name for it.

    It has left the account of the provider that took the payment, or of the one named in `through`: what a
    provider could not send is paid by bank transfer. Raises NotFound, NotPermitted for anybody but staff,
    InvalidInput (REFERENCE_REQUIRED) for none or one of more than 128 characters, IllegalTransition unless
    it was approved or failed, Conflict (REFUND_IN_FLIGHT) while its provider may still tell how it ended.
    """
    require_staff(actor)
    reference = reference.strip()
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise InvalidInput("a reference of 1 to 128 characters is needed", code="REFERENCE_REQUIRED")
    with transactions.begin(actor) as work:
        refund = locked_refund(work, refund_id)
        if refund.status is RefundStatus.SENDING and not work.staff_tasks.was_asked(
            NOT_TOLD, "refund", refund.id
        ):
            raise Conflict(f"refund {refund.id}", code="REFUND_IN_FLIGHT")
        settle_refund(work, refund, reference, now, through)
        refund.order_id = None  # whatever the provider says of it later is not about this money


def settle_refund(
    work: UnitOfWork, refund: Refund, reference: str, now: datetime, through: str | None = None
) -> None:
    """Close a locked refund whose money has left, and book it. Raises IllegalTransition."""
    left = Money(work.ledger.refund_payable(refund.id), refund.currency)
    _close_as_sent(work, refund, reference, now)
    if through is not None:
        refund.through, refund.order_id = through, None
    book(work, refund_sent(refund.leaves_from, left), cause_of(refund), now)
    _audit(work, refund, "send", None, now, reference=reference)


def order_refund(work: UnitOfWork, refund: Refund) -> None:
    """Promise that the provider of an approved refund's payment is asked to send it, under a new key."""
    if refund.payment.provider in BY_HAND:
        return
    refund.order_id, refund.sending_since, refund.next_look_at = uuid4(), None, None
    refund.through = None
    refund.provider_reference = refund.failure_code = None
    work.promise_job(
        "refund.send",
        customer_id=refund.customer_id,
        dedupe_key=f"refund.send:{refund.order_id}",
        refund_id=refund.id,
        order_id=str(refund.order_id),
    )


def is_disputed(work: UnitOfWork, refund: Refund) -> bool:
    """Whether a bank takes back the money that the refund would send: it must not go twice."""
    return work.disputes.takes_money_of(refund.payment.invoice_id)


def _facts(repositories: Repositories, paid: PaidLine, now: datetime) -> RefundFacts:
    return RefundFacts(
        first_paid_at=paid.subscription.first_paid_at,
        period=Period(paid.period.starts_at, paid.period.ends_at),
        interval=paid.line.interval,
        paid=paid.line.total,
        refunded=repositories.refunds.of_line(paid.line),
        requested_at=now,
    )


def _require_last_period(work: UnitOfWork, paid: PaidLine) -> None:
    """The last paid period goes back first: an earlier one would end access that is paid for."""
    if work.refunds.keeps_later_period(paid.period):
        raise Conflict(f"line {paid.line.id}", code="REFUND_LATER_PERIOD_FIRST")


def _refund(
    work: UnitOfWork, actor: Actor, paid: PaidLine, decision: RefundDecision, reason: str, now: datetime
) -> Refund:
    return Refund(
        seller_id=paid.invoice.seller_id,
        customer_id=paid.invoice.customer_id,
        payment_id=_original_payment(work, paid).id,
        invoice_line_id=paid.line.id,
        subscription_id=paid.subscription.id,
        status=RefundStatus.REQUESTED,
        decision_code=decision.code,
        currency=decision.amount.currency,
        amount_minor=decision.amount.minor,
        reason=reason,
        requested_by=signature(actor),
        requested_at=now,
    )


def _original_payment(work: UnitOfWork, paid: PaidLine) -> Payment:
    """The payment of a provider; the balance's where it paid alone."""
    payments = work.refunds.payments_of(paid.invoice.id)
    return min(payments, key=lambda each: (each.provider == BALANCE_PROVIDER, each.id))


def locked_refund(work: UnitOfWork, refund_id: int) -> Refund:
    """The refund, locked after its customer."""
    work.customers.get(work.refunds.get(refund_id).customer_id, lock=True)
    return work.refunds.get(refund_id, lock=True)


def owed_refund(work: UnitOfWork, refund_id: int, reason: str, now: datetime) -> Refund:
    """The refund, locked and approved, of which nobody sends the money now: one that failed is owed again.

    Raises NotPermitted for anybody but staff, IllegalTransition, Conflict (PAYMENT_DISPUTED).
    """
    require_staff(work.actor)
    refund = locked_refund(work, refund_id)
    if refund.status is RefundStatus.REQUESTED:
        raise IllegalTransition(f"refund {refund.id} was not decided about")
    if refund.status is not RefundStatus.APPROVED:
        work.move_refund(refund, RefundStatus.APPROVED, reason, now)
    if is_disputed(work, refund):
        raise Conflict(f"refund {refund.id}", code=PAYMENT_DISPUTED)
    return refund


def _decided(work: UnitOfWork, refund_id: int, status: RefundStatus, reason: str, now: datetime) -> Refund:
    """The refund with the decision on it, told to its customer."""
    require_staff(work.actor)
    refund = locked_refund(work, refund_id)
    work.move_refund(refund, status, reason, now)
    refund.decided_by, refund.decided_at = signature(work.actor), now
    _audit(work, refund, "approve" if status is RefundStatus.APPROVED else "reject", reason, now)
    _mail(work, MailKind.REFUND_DECIDED, refund)
    return refund


def _close_as_sent(work: UnitOfWork, refund: Refund, reference: str, now: datetime) -> None:
    work.move_refund(refund, RefundStatus.SENT, f"sent: {reference}", now)
    refund.sent_at, refund.provider_reference = now, reference
    _mail(work, MailKind.REFUND_SENT, refund)


def _audit(
    work: UnitOfWork, refund: Refund, deed: str, reason: str | None, now: datetime, **details: object
) -> None:
    told = {"amount_minor": refund.amount_minor, "currency": refund.currency, **details}
    work.audit(
        f"refund.{deed}",
        "refund",
        refund.id,
        customer_id=refund.customer_id,
        reason=reason,
        now=now,
        details=told,
    )


def _mail(work: UnitOfWork, kind: MailKind, refund: Refund) -> None:
    work.promise_mail(kind, refund.customer_id, dedupe_key=str(refund.id), refund_id=refund.id)
