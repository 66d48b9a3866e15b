"""Puts the history's promises to rest: old mails count as sent, old documents wait for a quiet worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, func, insert, select, update

from app.billing.actors import Actor
from app.billing.mail import MailKind
from app.demo.seed.stage import Stage
from app.models import Customer, Document, DocumentKind, OutboxMessage, OutboxStatus
from app.services.document_mails import run_of
from app.services.unit_of_work import SHORT_QUEUE, UnitOfWork

FRESH_MAILS = timedelta(days=2)
"""Mails younger than this are really sent into the local mailbox."""
BETWEEN_DOCUMENTS = timedelta(seconds=1)
"""Old documents are made one after another, so that a visitor's own never waits behind them."""


def rest_outbox(stage: Stage, real_now: datetime, first_email: str) -> None:
    """Mark what the history has done already; what is left is due from `real_now` on (real time).

    The documents of `first_email` are made first, then those of all others, the newest first.
    """
    with stage.transactions.begin(Actor.system("demo")) as work:
        work.session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.name != "document.render",
                (OutboxMessage.created_at < stage.now - FRESH_MAILS) | ~OutboxMessage.name.like("mail.%"),
            )
            .values(status=OutboxStatus.DONE, attempts=1, finished_at=OutboxMessage.created_at)
        )
        mails = OutboxMessage.name.like("mail.%") & (OutboxMessage.status == OutboxStatus.WAITING)
        work.session.execute(update(OutboxMessage).where(mails).values(available_at=real_now))
        _stagger_documents(stage, real_now, first_email)


def _stagger_documents(stage: Stage, real_now: datetime, first_email: str) -> None:
    with stage.transactions.begin(Actor.system("demo")) as work:
        own_first = case((func.lower(Customer.email) == first_email, 0), else_=1)
        query = (
            select(OutboxMessage.id)
            .join(Customer, Customer.id == OutboxMessage.customer_id)
            .where(OutboxMessage.name == "document.render")
            .order_by(own_first, OutboxMessage.id.desc())
        )
        waiting = [
            {"id": message_id, "available_at": real_now + place * BETWEEN_DOCUMENTS}
            for place, message_id in enumerate(work.session.scalars(query))
        ]
        work.session.execute(update(OutboxMessage), waiting)
        _note_announcements(stage, work)


def _note_announcements(stage: Stage, work: UnitOfWork) -> None:
    """Old documents were announced when they were issued: making their files now sends no mail again."""
    is_invoice = Document.kind == DocumentKind.INVOICE
    is_old = Document.created_at < stage.now - FRESH_MAILS
    invoices = select(Document.customer_id, Document.created_at, Document.invoice_id).where(
        is_invoice, is_old
    )
    runs = select(Document.customer_id, Document.created_at).where(~is_invoice, is_old).distinct()
    sent = [
        _sent(MailKind.INVOICE_ISSUED, customer_id, created_at, str(invoice_id), {"invoice_id": invoice_id})
        for customer_id, created_at, invoice_id in work.session.execute(invoices)
    ]
    sent += [
        _sent(MailKind.DOCUMENTS_READY, customer_id, created_at, run_of(customer_id, created_at), {})
        for customer_id, created_at in work.session.execute(runs)
    ]
    work.session.execute(insert(OutboxMessage), sent)


def _sent(
    kind: MailKind, customer_id: int, at: datetime, dedupe_key: str, payload: dict[str, object]
) -> dict[str, object]:
    name = f"mail.{kind.value}"
    return {
        "name": name,
        "queue": SHORT_QUEUE,
        "payload": payload,
        "dedupe_key": f"{name}:{dedupe_key}",
        "customer_id": customer_id,
        "status": OutboxStatus.DONE,
        "attempts": 1,
        "created_at": at,
        "available_at": at,
        "finished_at": at,
    }
