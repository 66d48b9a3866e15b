"""The digest of a story: its business facts as lines of text, without ids and secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from app.models import (
    ApiKey,
    Connector,
    Customer,
    CustomerCredit,
    Dispute,
    Document,
    Invoice,
    LedgerEntry,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    Refund,
    StaffTask,
    Subscription,
    SubscriptionPeriod,
)
from app.services.unit_of_work import Repositories
from app.simulation.life import Life

SUBSCRIPTION = (Customer.email, Connector.slug, Subscription.created_at)
FACTS: dict[str, Select[Any]] = {
    "customer": select(
        Customer.email, Customer.status, Customer.trial_started_at, Customer.billing_parked_at
    ),
    "subscription": select(
        *SUBSCRIPTION,
        Subscription.status,
        Subscription.make_account,
        Subscription.interval,
        Subscription.auto_renew,
        Subscription.anchor_day,
        Subscription.period_end,
        Subscription.first_failed_at,
        Subscription.canceled_at,
        Subscription.notice_due_at,
        Subscription.renewal_due_at,
    )
    .join(Customer, Customer.id == Subscription.customer_id)
    .join(Connector, Connector.id == Subscription.connector_id),
    "period": select(*SUBSCRIPTION, SubscriptionPeriod.starts_at, SubscriptionPeriod.ends_at)
    .select_from(SubscriptionPeriod)
    .join(Subscription, Subscription.id == SubscriptionPeriod.subscription_id)
    .join(Customer, Customer.id == Subscription.customer_id)
    .join(Connector, Connector.id == Subscription.connector_id),
    "invoice": select(
        Customer.email,
        Invoice.year,
        Invoice.number,
        Invoice.status,
        Invoice.purpose,
        Invoice.currency,
        Invoice.total_minor,
        Invoice.vat_minor,
        Invoice.balance_minor,
        Invoice.issued_at,
        Invoice.paid_at,
        Invoice.voided_at,
    ).join(Customer, Customer.id == Invoice.customer_id),
    "attempt": select(
        Invoice.year,
        Invoice.number,
        PaymentAttempt.ordinal,
        PaymentAttempt.state,
        PaymentAttempt.amount_minor,
        PaymentAttempt.started_at,
        PaymentAttempt.settled_at,
        PaymentAttempt.failure_code,
    ).join(Invoice, Invoice.id == PaymentAttempt.invoice_id),
    "payment": select(
        Invoice.year,
        Invoice.number,
        Payment.provider,
        Payment.currency,
        Payment.amount_minor,
        Payment.unallocated_minor,
        Payment.refunded_minor,
        Payment.received_at,
    ).join(Invoice, Invoice.id == Payment.invoice_id),
    "credit": select(
        Customer.email, CustomerCredit.kind, CustomerCredit.currency, CustomerCredit.amount_minor
    ).join(Customer, Customer.id == CustomerCredit.customer_id),
    "ledger": select(
        LedgerEntry.booked_on,
        LedgerEntry.debit,
        LedgerEntry.credit,
        LedgerEntry.currency,
        func.sum(LedgerEntry.amount_minor),
    ).group_by(LedgerEntry.booked_on, LedgerEntry.debit, LedgerEntry.credit, LedgerEntry.currency),
    "refund": select(
        Customer.email,
        Refund.status,
        Refund.currency,
        Refund.amount_minor,
        Refund.to_method_minor,
        Refund.through,
        Refund.requested_at,
        Refund.decided_at,
        Refund.sent_at,
        Refund.failure_code,
    ).join(Customer, Customer.id == Refund.customer_id),
    "dispute": select(
        Customer.email,
        Dispute.reference,
        Dispute.state,
        Dispute.currency,
        Dispute.lost_minor,
        Dispute.paid_minor,
        Dispute.written_off_minor,
        Dispute.opened_at,
    ).join(Customer, Customer.id == Dispute.customer_id),
    "document": select(
        Customer.email,
        Document.kind,
        Document.number,
        Document.issued_on,
        Document.supplied_on,
        Document.currency,
        Document.total_minor,
        Document.vat_minor,
        Document.rouble_minor,
    ).join(Customer, Customer.id == Document.customer_id),
    "key": select(Customer.email, ApiKey.kind, ApiKey.status, ApiKey.created_at, ApiKey.claimed_at).join(
        Customer, Customer.id == ApiKey.customer_id
    ),
    "message": select(
        Customer.email, OutboxMessage.name, OutboxMessage.status, OutboxMessage.created_at
    ).outerjoin(Customer, Customer.id == OutboxMessage.customer_id),
    "task": select(Customer.email, StaffTask.kind, StaffTask.created_at).outerjoin(
        Customer, Customer.id == StaffTask.customer_id
    ),
}
"""What the digest covers. Ids depend on what was undone on the way, secrets on real chance."""


def digest(life: Life) -> str:
    """SHA-256 over the facts of the story, hexadecimal."""
    checksum = hashlib.sha256()
    with life.world.transactions.reading() as repositories:
        for line in _lines(repositories):
            checksum.update(f"{line}\n".encode())
    for counts in (life.world.journal.checks, life.world.faults.suffered, life.world.kills.suffered):
        checksum.update(repr(sorted(counts.items())).encode())
    return checksum.hexdigest()


def _lines(repositories: Repositories) -> Iterator[str]:
    for kind, query in FACTS.items():
        rows = repositories.session.execute(query)
        yield from sorted(f"{kind} {' '.join(map(str, row))}" for row in rows)
