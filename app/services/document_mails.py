"""When customers are told of documents: of a счёт at once, of what one run issued together (M1)."""

from __future__ import annotations

from datetime import datetime

from app.billing.invoice import InvoicePurpose, PaymentMethodKind
from app.billing.mail import MailKind
from app.models import Document, DocumentKind, DocumentStatus, Invoice
from app.services.unit_of_work import UnitOfWork


def announce(work: UnitOfWork, document: Document) -> None:
    """Promise the mail about a document that is ready now, or has just failed; the customer must be locked.

    A счёт that is to be paid by hand has a mail of its own. The other documents that a run issued to a
    customer are told of in one mail, as soon as none of them is being made any more; one that failed and
    was made later is told of alone.
    """
    if document.kind is not DocumentKind.INVOICE:
        _announce_together(work, document)
    elif document.status is DocumentStatus.READY and _is_to_be_paid_by_hand(document.invoice):
        work.promise_mail(
            MailKind.INVOICE_ISSUED,
            document.customer_id,
            dedupe_key=str(document.invoice_id),
            invoice_id=document.invoice_id,
        )


def run_of(customer_id: int, created_at: datetime) -> str:
    """What tells one run's documents of a customer from all others."""
    return f"{customer_id}:{created_at.isoformat()}"


def _announce_together(work: UnitOfWork, document: Document) -> None:
    if document.status is DocumentStatus.READY and document.failure_code is not None:
        _promise(work, document.customer_id, f"again:{document.id}", [document.id])
        return
    work.session.flush()
    states = work.documents.states_of_run(document.customer_id, document.created_at)
    ready = sorted(identity for identity, status in states.items() if status is DocumentStatus.READY)
    if DocumentStatus.PENDING not in states.values() and ready:
        _promise(work, document.customer_id, run_of(document.customer_id, document.created_at), ready)


def _promise(work: UnitOfWork, customer_id: int, run: str, document_ids: list[int]) -> None:
    work.promise_mail(MailKind.DOCUMENTS_READY, customer_id, dedupe_key=run, document_ids=document_ids)


def _is_to_be_paid_by_hand(invoice: Invoice | None) -> bool:
    """A card that renews is charged anyway, and the receipt tells of it: one mail is enough."""
    assert invoice is not None, "a wall of the table: a счёт is of an invoice"
    return invoice.purpose is InvoicePurpose.ORDER or invoice.method is PaymentMethodKind.BANK_TRANSFER
