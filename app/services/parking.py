"""Parking: a customer whose billing went wrong is left alone until a person has looked (reliability)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import InvalidInput
from app.models import Customer
from app.services.renewal_dates import reschedule
from app.services.unit_of_work import Transactions, UnitOfWork

LONGEST_REASON = 200


def park_billing(work: UnitOfWork, customer: Customer, reason: str, now: datetime) -> None:
    """Stop invoicing and charging a locked customer; access stays, staff get a task."""
    if customer.billing_parked_at is not None:
        return
    customer.billing_parked_at = now
    customer.billing_parked_reason = reason[:LONGEST_REASON]
    work.audit("billing.park", "customer", customer.id, customer_id=customer.id, reason=reason, now=now)
    work.ask_staff("billing_parked", "customer", customer.id, customer.id, now)


def resume_billing(
    transactions: Transactions, *, actor: Actor, customer_id: int, reason: str, now: datetime
) -> None:
    """Let billing go on; what fell due meanwhile is caught up, and the task of staff is done.

    Raises InvalidInput without a reason.
    """
    if not reason.strip():
        raise InvalidInput("a reason is needed", code="REASON_REQUIRED")
    with transactions.begin(actor) as work:
        customer = work.customers.get(customer_id, lock=True)
        if customer.billing_parked_at is None:
            return
        customer.billing_parked_at = customer.billing_parked_reason = None
        reschedule(work, work.subscriptions.of_customer(customer_id))
        work.staff_tasks.close("billing_parked", "customer", customer_id, now)
        work.audit("billing.resume", "customer", customer_id, customer_id=customer_id, reason=reason, now=now)
