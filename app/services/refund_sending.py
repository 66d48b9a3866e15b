"""Refunds that providers send: claim, call, settle, as charges (H7, design §2.5). Nothing is sent twice.

No transaction is open while a provider is asked. A refund is asked for under its order's key and no other
until the provider has refused it for good, so whoever repeats the question sends nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.ledger import refund_returned
from app.billing.payment import JANITOR_AFTER
from app.billing.ports import PaymentProvider
from app.billing.provider import RefundOrder, RefundOutcome, RefundOutcomeKind
from app.billing.refunds import RefundStatus
from app.models import Refund
from app.services.bookkeeping import book
from app.services.fault_points import (
    AFTER_CLAIM_BEFORE_REFUND,
    AFTER_FIND_BEFORE_SETTLE,
    AFTER_REFUND_BEFORE_SETTLE,
    fault_point,
)
from app.services.refund_effects import cause_of
from app.services.refunds import PAYMENT_DISPUTED, is_disputed, locked_refund, settle_refund
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("refund.send")
AT_FIRST, SOON, LATER = timedelta(hours=1), timedelta(minutes=1), timedelta(hours=1)
"""A refund is asked about each minute in its first hour, each hour from then on."""
PATIENCE = {RefundOutcomeKind.UNKNOWN: timedelta(days=1), RefundOutcomeKind.PENDING: timedelta(days=14)}
"""After which time staff are asked what became of a refund: banks may take days, silence may not."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Order:
    """A refund that a provider is, or may have been, asked to send."""

    refund_id: int
    provider: str
    request: RefundOrder
    sending_since: datetime
    status: RefundStatus


def send_refund(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    refund_id: int,
    order_id: UUID,
    now: datetime,
    real_now: datetime,
) -> None:
    """Have the provider send an approved refund, once for each order however often it is called.

    Killed anywhere in between it leaves a refund that `look_at_refunds` settles. One whose provider is no
    longer set up stays approved, for staff to send by hand; one whose payment a bank takes back as well
    is not sent.
    """
    order = _claim(transactions, providers, refund_id, order_id, now, real_now)
    if order is None:
        return
    fault_point(AFTER_CLAIM_BEFORE_REFUND)
    outcome = providers[order.provider].refund(order.request)
    fault_point(AFTER_REFUND_BEFORE_SETTLE)
    settle_order(transactions, order=order, outcome=outcome, now=now, real_now=real_now)


def look_at_refunds(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    now: datetime,
    real_now: datetime,
) -> int:
    """Find out how every refund stands that is being sent and due for a look; how many were asked about.

    One that can't be settled is asked about again next time and holds up no other.
    """
    with transactions.reading() as repositories:
        due = repositories.refunds.to_look_at(real_now)
    for refund_id in due:
        try:
            refresh_refund(transactions, providers, refund_id=refund_id, now=now, real_now=real_now)
        except (BillingError, SQLAlchemyError) as error:
            code = getattr(error, "code", None)
            log.error("refund_not_settled", refund=refund_id, error=type(error).__name__, code=code)
    return len(due)


def refresh_refund(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    refund_id: int,
    now: datetime,
    real_now: datetime,
) -> RefundOutcomeKind | None:
    """Ask the provider how a refund stands, and settle it; None for one that no provider was asked for.

    One that the provider never heard of is asked for again under its own key as long as the provider
    remembers keys: who claimed it was killed before the call. Later that is a definite failure.
    """
    with transactions.reading() as repositories:
        order = order_from(repositories.refunds.get(refund_id))
    if order is None:
        return None
    provider = providers.get(order.provider)
    outcome = RefundOutcome(RefundOutcomeKind.UNKNOWN)
    if provider is not None:
        outcome = _found(provider, order, real_now)
    fault_point(AFTER_FIND_BEFORE_SETTLE)
    settle_order(transactions, order=order, outcome=outcome, now=now, real_now=real_now)
    return outcome.kind


def settle_order(
    transactions: Transactions, *, order: Order, outcome: RefundOutcome, now: datetime, real_now: datetime
) -> None:
    """Apply what the provider says about an order, once: the same or a late answer again changes nothing.

    A refund of another amount than was ordered is never believed and goes to staff. So does one that the
    provider can't send, or that came back after it was sent: it is owed again.
    """
    with transactions.begin(ACTOR) as work:
        refund = locked_refund(work, order.refund_id)
        if str(refund.order_id) != order.request.refund_id:
            return
        match outcome.kind:
            case RefundOutcomeKind.SUCCEEDED:
                _succeeded(work, refund, outcome, now)
            case RefundOutcomeKind.FAILED:
                refund.provider_reference = outcome.reference or refund.provider_reference
                note_failure(work, refund, outcome.failure_code, now)
            case _:
                _wait(work, refund, outcome, now, real_now)
        if refund.status is RefundStatus.SENDING:
            refund.next_look_at = real_now + _pause(refund, real_now)


def _claim(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    refund_id: int,
    order_id: UUID,
    now: datetime,
    real_now: datetime,
) -> Order | None:
    """Commit that the refund is being sent: whoever comes second finds it so. None when there is no work."""
    with transactions.begin(ACTOR) as work:
        refund = locked_refund(work, refund_id)
        if refund.status is not RefundStatus.APPROVED or refund.order_id != order_id:
            return None
        if refund.payment.provider not in providers:
            work.ask_staff("refund_by_hand", "refund", refund.id, refund.customer_id, now)
            return None
        if is_disputed(work, refund):
            note_failure(work, refund, PAYMENT_DISPUTED, now)
            return None
        work.move_refund(refund, RefundStatus.SENDING, "the provider is asked to send it", now)
        refund.sending_since, refund.next_look_at = real_now, real_now + JANITOR_AFTER
        return order_from(refund)


def order_from(refund: Refund) -> Order | None:
    """The order that the provider of this refund was asked for; None when it was not asked."""
    if refund.order_id is None or refund.sending_since is None:
        return None
    request = RefundOrder(str(refund.order_id), refund.payment.provider_reference, refund.to_method)
    return Order(refund.id, refund.payment.provider, request, refund.sending_since, refund.status)


def _found(provider: PaymentProvider, order: Order, real_now: datetime) -> RefundOutcome:
    outcome = provider.find_refund(order.request)
    if outcome.kind is not RefundOutcomeKind.NOT_FOUND:
        return outcome
    if order.status is not RefundStatus.SENDING:
        return RefundOutcome(RefundOutcomeKind.UNKNOWN)
    if real_now - order.sending_since < provider.retention:
        return provider.refund(order.request)
    return RefundOutcome(RefundOutcomeKind.FAILED, failure_code="never_heard_of", retry=True)


def _succeeded(work: UnitOfWork, refund: Refund, outcome: RefundOutcome, now: datetime) -> None:
    if refund.status not in {RefundStatus.SENDING, RefundStatus.FAILED}:
        return
    if outcome.amount != refund.to_method:
        work.ask_staff("refund_amount_mismatch", "refund", refund.id, refund.customer_id, now)
        return
    refund.failure_code = None
    settle_refund(work, refund, outcome.reference or str(refund.order_id), now)


def note_failure(work: UnitOfWork, refund: Refund, failure_code: str | None, now: datetime) -> None:
    """Write down that a locked refund was not sent, or came back: it is owed again, and staff are asked."""
    if refund.status is RefundStatus.FAILED:
        return
    returned = refund.status is RefundStatus.SENT
    work.move_refund(refund, RefundStatus.FAILED, f"not sent: {failure_code or 'UNKNOWN'}", now)
    refund.failure_code, refund.sent_at = failure_code, None
    if returned:
        book(work, refund_returned(refund.payment.provider, refund.to_method), cause_of(refund), now)
        work.ask_staff("refund_returned", "refund", refund.id, refund.customer_id, now)
    else:
        work.ask_staff("refund_failed", "refund", refund.id, refund.customer_id, now)


def _wait(
    work: UnitOfWork, refund: Refund, outcome: RefundOutcome, now: datetime, real_now: datetime
) -> None:
    if refund.status is not RefundStatus.SENDING or refund.sending_since is None:
        return
    refund.provider_reference = outcome.reference or refund.provider_reference
    patience = PATIENCE.get(outcome.kind, PATIENCE[RefundOutcomeKind.UNKNOWN])
    if real_now - refund.sending_since > patience:
        work.ask_staff("unknown_refund", "refund", refund.id, refund.customer_id, now)


def _pause(refund: Refund, real_now: datetime) -> timedelta:
    assert refund.sending_since is not None, "who is being sent was claimed"
    return SOON if real_now - refund.sending_since < AT_FIRST else LATER
