"""What corrections of documents are made from: lowered service and the documents that it is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select, union
from sqlalchemy.orm import aliased

from app.billing.ledger import EntryKind
from app.billing.money import Money
from app.models import Document, DocumentKind, DocumentLine, LedgerEntry, Refund, ServiceMonth
from app.repositories.base import Repository, one_of

SERVICE = (DocumentKind.VAT_INVOICE, DocumentKind.ACT, DocumentKind.TRANSFER)


@dataclass(frozen=True, slots=True)
class LoweredService:
    """By how much a refund has lowered the price of service given, as it is booked."""

    refund_id: int
    invoice_line_id: int
    service_month_id: int | None
    """None: the operations that the line bills."""
    gross: Money
    vat: Money

    @property
    def key(self) -> tuple[int, int | None]:
        """What the line of a document about it names."""
        return self.invoice_line_id, self.service_month_id


class CorrectionRepository(Repository[Document]):
    """Documents as what their corrections start from."""

    model = Document

    def refunds_to_adjust(self) -> Sequence[int]:
        """Ids of refunds that lowered service on a document which no document of theirs adjusts yet, in the
        order of their decisions.
        """
        of_months = (
            select(Refund.id)
            .join(ServiceMonth, ServiceMonth.invoice_line_id == Refund.invoice_line_id)
            .join(
                LedgerEntry,
                (LedgerEntry.service_month_id == ServiceMonth.id)
                & (LedgerEntry.refund_id == Refund.id)
                & (LedgerEntry.kind == EntryKind.SERVICE_REFUND),
            )
            .join(DocumentLine, DocumentLine.service_month_id == ServiceMonth.id)
        )
        of_operations = select(Refund.id).join(
            DocumentLine,
            (DocumentLine.invoice_line_id == Refund.invoice_line_id)
            & DocumentLine.service_month_id.is_(None),
        )
        wanted = union(of_months.where(*_unadjusted()), of_operations.where(*_unadjusted())).subquery()
        query = (
            select(Refund.id)
            .join(wanted, wanted.c.id == Refund.id)
            .order_by(func.coalesce(Refund.decided_at, Refund.requested_at), Refund.id)
        )
        return self.session.scalars(query).all()

    def lowered_service(self, refund: Refund) -> list[LoweredService]:
        """What this refund and those decided before it took from service given of the line, oldest first."""
        entry, vat = LedgerEntry, aliased(LedgerEntry)
        rows = self.session.execute(
            select(entry.refund_id, entry.service_month_id, entry.amount_minor, vat.amount_minor)
            .join(Refund, Refund.id == entry.refund_id)
            .outerjoin(
                vat,
                (vat.refund_id == entry.refund_id)
                & (vat.kind == EntryKind.SERVICE_VAT_REDUCED)
                & vat.service_month_id.is_not_distinct_from(entry.service_month_id),
            )
            .where(
                Refund.customer_id == refund.customer_id,
                Refund.invoice_line_id == refund.invoice_line_id,
                entry.kind == EntryKind.SERVICE_REFUND,
                entry.id <= self._last_entry(refund.id),
            )
            .order_by(entry.id)
        )
        line_id, currency = refund.invoice_line_id, refund.currency
        assert line_id is not None, "only what is of a line lowers service"
        return [
            LoweredService(refund_id, line_id, month_id, Money(gross, currency), Money(tax or 0, currency))
            for refund_id, month_id, gross, tax in rows
        ]

    def documents_of(self, lowered: Sequence[LoweredService]) -> Sequence[Document]:
        """The first issues of the documents that this service is on, oldest first."""
        months = {each.service_month_id for each in lowered if each.service_month_id is not None}
        lines = {each.invoice_line_id for each in lowered if each.service_month_id is None}
        about = one_of(DocumentLine.service_month_id, months) | (
            one_of(DocumentLine.invoice_line_id, lines) & DocumentLine.service_month_id.is_(None)
        )
        on_one = (
            select(DocumentLine.document_id)
            .where(about, DocumentLine.kind.in_(SERVICE), DocumentLine.correction == 0)
            .distinct()
        )
        return self.session.scalars(
            select(Document).where(Document.id.in_(on_one)).order_by(Document.id)
        ).all()

    def adjusted_by(self, refund_id: int) -> set[int]:
        """Ids of the documents that documents of this refund adjust."""
        query = select(Document.adjusts_id).where(
            Document.refund_id == refund_id, Document.adjusts_id.is_not(None), Document.correction == 0
        )
        return {document_id for document_id in self.session.scalars(query) if document_id is not None}

    def issues_of(self, document: Document) -> Sequence[Document]:
        """The document as it was first issued and its исправления, in their order."""
        return self.session.scalars(
            select(Document)
            .where(
                Document.seller_id == document.seller_id,
                Document.series == document.series,
                Document.year == document.year,
                Document.ordinal == document.ordinal,
            )
            .order_by(Document.correction)
        ).all()

    def _last_entry(self, refund_id: int) -> int:
        query = select(func.max(LedgerEntry.id)).where(LedgerEntry.refund_id == refund_id)
        return self.session.scalar(query) or 0


def _unadjusted() -> tuple[ColumnElement[bool], ...]:
    """A refund that lowered service, on the first issue of a document that none of the refund's adjusts."""
    adjusting = aliased(Document)
    return (
        Refund.service_minor > 0,
        DocumentLine.kind.in_(SERVICE),
        DocumentLine.correction == 0,
        ~exists().where(
            adjusting.refund_id == Refund.id,
            adjusting.adjusts_id == DocumentLine.document_id,
            adjusting.correction == 0,
        ),
    )
