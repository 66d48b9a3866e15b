"""What happened, as staff read it: status changes, audit, mails and money, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.models import (
    ApiKey,
    AuditEntry,
    Document,
    Invoice,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    StatusChange,
    Subscription,
)

MOST_EVENTS = 200
"""Of each kind of event on one page; the lists show the rest."""


@dataclass(frozen=True, slots=True)
class CustomerEvents:
    """Everything about one customer, each kind newest first."""

    status_changes: Sequence[StatusChange]
    audit: Sequence[AuditEntry]
    payments: Sequence[Payment]
    messages: Sequence[OutboxMessage]


def status_changes_of(session: Session, kind: str, identity: object) -> Sequence[StatusChange]:
    """The changes of status of one object, newest first."""
    return session.scalars(
        select(StatusChange)
        .where(StatusChange.object_kind == kind, StatusChange.object_id == str(identity))
        .order_by(StatusChange.id.desc())
        .limit(MOST_EVENTS)
    ).all()


def audit_of(session: Session, kind: str, identity: object) -> Sequence[AuditEntry]:
    """The audit entries of one object, newest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.object_kind == kind, AuditEntry.object_id == str(identity))
        .order_by(AuditEntry.id.desc())
        .limit(MOST_EVENTS)
    ).all()


def events_of_customer(session: Session, customer_id: int) -> CustomerEvents:
    """Everything about one customer in four queries, however much there is."""
    audit = select(AuditEntry).where(AuditEntry.customer_id == customer_id).order_by(AuditEntry.id.desc())
    payments = select(Payment).where(Payment.customer_id == customer_id).order_by(Payment.id.desc())
    messages = (
        select(OutboxMessage)
        .where(OutboxMessage.customer_id == customer_id, OutboxMessage.name.startswith("mail."))
        .order_by(OutboxMessage.id.desc())
    )
    return CustomerEvents(
        status_changes=_status_changes_of_customer(session, customer_id),
        audit=session.scalars(audit.limit(MOST_EVENTS)).all(),
        payments=session.scalars(payments.limit(MOST_EVENTS)).all(),
        messages=session.scalars(messages.limit(MOST_EVENTS)).all(),
    )


def _status_changes_of_customer(session: Session, customer_id: int) -> Sequence[StatusChange]:
    owned = (
        ("subscription", Subscription),
        ("invoice", Invoice),
        ("api_key", ApiKey),
        ("document", Document),
    )
    objects = [
        select(cast(kind, String).label("kind"), cast(model.id, String).label("identity")).where(
            model.customer_id == customer_id
        )
        for kind, model in owned
    ]
    attempts = (
        select(cast("payment_attempt", String), cast(PaymentAttempt.id, String))
        .join(Invoice)
        .where(Invoice.customer_id == customer_id)
    )
    everything = union_all(*objects, attempts).subquery()
    itself = (StatusChange.object_kind == "customer") & (StatusChange.object_id == str(customer_id))
    theirs = tuple_(StatusChange.object_kind, StatusChange.object_id).in_(select(everything))
    return session.scalars(
        select(StatusChange).where(or_(itself, theirs)).order_by(StatusChange.id.desc()).limit(MOST_EVENTS)
    ).all()
