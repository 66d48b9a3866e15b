"""Compensation for trouble: asked for by staff, decided by staff, given at once (H7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.compensation import (
    CompensationFacts,
    CompensationStatus,
    require_compensation_approver,
    validate_compensation,
)
from app.billing.mail import MailKind
from app.billing.money import Money
from app.models import Compensation, Subscription
from app.services.compensation_effects import apply_compensation, require_applicable
from app.services.sign_off import require_staff, signature, stated_reason
from app.services.unit_of_work import Transactions, UnitOfWork


@dataclass(frozen=True, slots=True)
class CompensationRequest:
    """Who is to be given what; extra days and a discount are of a subscription."""

    customer_id: int
    facts: CompensationFacts
    subscription_id: int | None = None


def request_compensation(
    transactions: Transactions, *, actor: Actor, request: CompensationRequest, now: datetime
) -> int:
    """Ask for a compensation; its id. Nothing is given before a decision.

    Raises NotPermitted for anybody but staff, NotFound for another customer's subscription, InvalidInput
    with the codes of `validate_compensation` or REASON_REQUIRED, and what can't be given as
    `require_applicable` does.
    """
    require_staff(actor)
    validate_compensation(request.facts)
    reason = stated_reason(request.facts.reason)
    with transactions.begin(actor) as work:
        work.customers.get(request.customer_id, lock=True)
        compensation = _compensation(request, signature(actor), reason, now)
        require_applicable(work, compensation, _subscription(work, compensation), now)
        work.compensations.add(compensation)
        work.record_status("compensation", compensation.id, None, CompensationStatus.REQUESTED, reason, now)
        _audit(work, compensation, "request", reason, now)
        return compensation.id


def approve_compensation(
    transactions: Transactions, *, actor: Actor, compensation_id: int, reason: str, now: datetime
) -> None:
    """Approve a compensation and give it, in one transaction; what can't be given now is not approved.

    Raises NotFound, InvalidInput (REASON_REQUIRED), NotPermitted for anybody but staff,
    SecondPersonRequired, IllegalTransition when it was decided already, and as `apply_compensation` does.
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        compensation = _decided(work, compensation_id, CompensationStatus.APPROVED, reason, now)
        require_compensation_approver(compensation.requested_by, signature(actor), _facts(compensation))
        apply_compensation(work, compensation, _subscription(work, compensation), now)
        work.move_compensation(compensation, CompensationStatus.APPLIED, "given", now)
        work.promise_mail(
            MailKind.COMPENSATION_GRANTED,
            compensation.customer_id,
            dedupe_key=str(compensation.id),
            compensation_id=compensation.id,
        )


def reject_compensation(
    transactions: Transactions, *, actor: Actor, compensation_id: int, reason: str, now: datetime
) -> None:
    """Decide that nothing is given; the customer is told nothing. Raises as `approve_compensation` does for
    who decides and when.
    """
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        _decided(work, compensation_id, CompensationStatus.REJECTED, reason, now)


def _compensation(
    request: CompensationRequest, requested_by: str, reason: str, now: datetime
) -> Compensation:
    facts = request.facts
    return Compensation(
        customer_id=request.customer_id,
        subscription_id=request.subscription_id,
        kind=facts.kind,
        status=CompensationStatus.REQUESTED,
        days=facts.days,
        currency=facts.amount.currency if facts.amount else None,
        amount_minor=facts.amount.minor if facts.amount else None,
        percent=facts.percent,
        reason=reason,
        requested_by=requested_by,
        requested_at=now,
    )


def _facts(row: Compensation) -> CompensationFacts:
    amount = None
    if row.amount_minor is not None and row.currency is not None:
        amount = Money(row.amount_minor, row.currency)
    return CompensationFacts(row.kind, row.reason, days=row.days, amount=amount, percent=row.percent)


def _subscription(work: UnitOfWork, compensation: Compensation) -> Subscription | None:
    """The subscription, locked, if it is the customer's; raises NotFound."""
    if compensation.subscription_id is None:
        return None
    return work.subscriptions.one_of_customer(
        compensation.customer_id, compensation.subscription_id, lock=True
    )


def _decided(
    work: UnitOfWork, compensation_id: int, status: CompensationStatus, reason: str, now: datetime
) -> Compensation:
    """The compensation with the decision on it, locked after its customer."""
    require_staff(work.actor)
    work.customers.get(work.compensations.get(compensation_id).customer_id, lock=True)
    compensation = work.compensations.get(compensation_id, lock=True)
    work.move_compensation(compensation, status, reason, now)
    compensation.decided_by, compensation.decided_at = signature(work.actor), now
    _audit(work, compensation, "approve" if status is CompensationStatus.APPROVED else "reject", reason, now)
    return compensation


def _audit(work: UnitOfWork, row: Compensation, deed: str, reason: str, now: datetime) -> None:
    given = {"days": row.days, "amount_minor": row.amount_minor, "percent": row.percent}
    work.audit(
        f"compensation.{deed}",
        "compensation",
        row.id,
        customer_id=row.customer_id,
        reason=reason,
        now=now,
        details={name: value for name, value in given.items() if value is not None}
        | {"kind": row.kind.value},
    )
