"""What changed between a seller and one payer, as an акт сверки tells it: sums of the ledger (J3, K1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, case, cast, func, or_, select

from app.billing.ledger import EntryKind
from app.models import Document, DocumentKind, DocumentLine, Invoice, InvoiceLine, LedgerEntry
from app.repositories.base import Repository, one_of
from app.repositories.ledger import CUSTOMER_ACCOUNTS, Books

SERVICE_PAPERS = (DocumentKind.ACT, DocumentKind.TRANSFER)
"""One of them is made for service; a счёт-фактура beside an акт is not told of a second time."""


class PayerEventRepository(Repository[LedgerEntry]):
    """Entries of the accounts between us and customers, of the invoices of one payer."""

    model = LedgerEntry

    def balance(self, books: Books, payer_id: int, before: date) -> int:
        """What the payer owes less what we owe on the morning of a day, in minor units."""
        debited, credited = _sides()
        amount = LedgerEntry.amount_minor
        owed = func.coalesce(func.sum(amount).filter(debited), 0)
        paid = func.coalesce(func.sum(amount).filter(credited), 0)
        query = (
            select(cast(owed - paid, BigInteger))
            .join(Invoice, Invoice.id == LedgerEntry.invoice_id)
            .where(*books.conditions(), Invoice.payer_id == payer_id, LedgerEntry.booked_on < before)
        )
        return self.session.scalars(query).one()

    def events(self, books: Books, payer_id: int, first: date, last: date) -> Sequence[Row[Any]]:
        """In their order: `booked_on`, `kind`, `debit`, `credit`, and what each is about: the invoice's
        `series`, `year`, `number`, `refund_id`, the id of the document (`document_id`) that was issued.

        Service on one document is one event, and so is all money of one payment. Movements between two
        accounts of the customer change nothing.
        """
        entry = LedgerEntry
        debited, credited = _sides()
        document_id = func.coalesce(_of_service(), _of_adjustment()).label("document_id")
        unallocated = entry.kind == EntryKind.MONEY_UNALLOCATED
        kind = case((unallocated, EntryKind.MONEY_RECEIVED.value), else_=entry.kind).label("kind")
        about = (
            entry.booked_on, kind, document_id, entry.payment_id, entry.refund_id, Invoice.series,
            Invoice.year, Invoice.number,
        )  # fmt: skip
        debit = func.coalesce(func.sum(entry.amount_minor).filter(debited), 0)
        credit = func.coalesce(func.sum(entry.amount_minor).filter(credited), 0)
        return self.session.execute(
            select(
                *about,
                cast(debit, BigInteger).label("debit"),
                cast(credit, BigInteger).label("credit"),
            )
            .join(Invoice, Invoice.id == entry.invoice_id)
            .where(
                *books.conditions(),
                Invoice.payer_id == payer_id,
                entry.booked_on.between(first, last),
                debited != credited,
            )
            .group_by(*about)
            .order_by(entry.booked_on, func.min(entry.id))
        ).all()

    def papers(self, document_ids: Collection[int]) -> Sequence[Row[Any]]:
        """The `id`, `kind`, `number` and `issued_on` of these documents."""
        return self.session.execute(
            select(Document.id, Document.kind, Document.number, Document.issued_on).where(
                one_of(Document.id, document_ids)
            )
        ).all()

    def acts(self, payer_id: int, issued_on: date) -> Sequence[Document]:
        """Акты сверки of the payer that were issued on this day, newest first."""
        return self.session.scalars(
            select(Document)
            .where(
                Document.payer_id == payer_id,
                Document.kind == DocumentKind.RECONCILIATION,
                Document.issued_on == issued_on,
            )
            .order_by(Document.id.desc())
        ).all()


def _sides() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LedgerEntry.debit.in_(CUSTOMER_ACCOUNTS), LedgerEntry.credit.in_(CUSTOMER_ACCOUNTS)


def _of_service() -> Any:
    """The document of a service month, or of the operations on an invoice."""
    entry = LedgerEntry
    of_invoice = select(InvoiceLine.id).where(InvoiceLine.invoice_id == entry.invoice_id)
    operations = and_(
        entry.service_month_id.is_(None),
        DocumentLine.service_month_id.is_(None),
        DocumentLine.invoice_line_id.in_(of_invoice),
    )
    return (
        select(func.min(DocumentLine.document_id))
        .where(
            entry.kind == EntryKind.SERVICE_GIVEN,
            DocumentLine.kind.in_(SERVICE_PAPERS),
            DocumentLine.correction == 0,
            or_(DocumentLine.service_month_id == entry.service_month_id, operations),
        )
        .correlate(LedgerEntry)
        .scalar_subquery()
    )


def _of_adjustment() -> Any:
    """The УКД of a service month that a refund lowered."""
    entry = LedgerEntry
    return (
        select(func.min(Document.id))
        .join(DocumentLine, DocumentLine.document_id == Document.id)
        .where(
            entry.kind == EntryKind.SERVICE_REFUND,
            Document.kind == DocumentKind.TRANSFER_ADJUSTMENT,
            Document.correction == 0,
            Document.refund_id == entry.refund_id,
            DocumentLine.service_month_id == entry.service_month_id,
        )
        .correlate(LedgerEntry)
        .scalar_subquery()
    )
