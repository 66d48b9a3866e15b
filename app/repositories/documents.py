"""Documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from app.billing.errors import NotFound
from app.models import Document, DocumentKind, DocumentSeries, DocumentStatus, Picture
from app.repositories.base import Repository, one_of


class DocumentRepository(Repository[Document]):
    """Issued documents."""

    model = Document

    def of_customer(self, customer_id: int) -> Sequence[Document]:
        """A customer's documents, newest first, without what is printed on them."""
        return self.session.scalars(
            select(Document)
            .where(Document.customer_id == customer_id)
            .options(defer(Document.snapshot))
            .order_by(Document.id.desc())
        ).all()

    def one_of_customer(self, customer_id: int, document_id: int) -> Document:
        """This document with its files if it is the customer's, else NotFound."""
        document = self.session.scalar(
            select(Document)
            .where(Document.id == document_id, Document.customer_id == customer_id)
            .options(selectinload(Document.files))
        )
        if document is None:
            raise NotFound("document")
        return document

    def named(self, customer_id: int, document_ids: Collection[int]) -> Sequence[Document]:
        """Those of the documents that are the customer's, oldest first, without what is printed on them."""
        return self.session.scalars(
            select(Document)
            .where(Document.customer_id == customer_id, one_of(Document.id, document_ids))
            .options(defer(Document.snapshot))
            .order_by(Document.id)
        ).all()

    def of_invoice(self, invoice_id: int) -> Document | None:
        """The счёт of an invoice."""
        return self.session.scalar(
            select(Document).where(
                Document.invoice_id == invoice_id,
                Document.kind == DocumentKind.INVOICE,
                Document.correction == 0,
            )
        )

    def pictures(self, named: Collection[str]) -> dict[str, bytes]:
        """The contents of these pictures by the SHA-256 that names them."""
        rows = self.session.execute(
            select(Picture.sha256, Picture.content).where(one_of(Picture.sha256, named))
        )
        return dict(rows.tuples().all())

    def own_series(self, seller_ids: Collection[int]) -> dict[int, dict[DocumentKind, str]]:
        """The series that these sellers have chosen themselves, by seller and kind."""
        found: dict[int, dict[DocumentKind, str]] = {seller_id: {} for seller_id in seller_ids}
        chosen = select(DocumentSeries).where(one_of(DocumentSeries.seller_id, seller_ids))
        for row in self.session.scalars(chosen):
            found[row.seller_id][row.kind] = row.series
        return found

    def last_issued_on(self, seller_id: int, series: str, year: int) -> date | None:
        """The date of the highest number that others have committed; the series must be locked."""
        return self.session.scalar(
            select(Document.issued_on)
            .where(
                Document.seller_id == seller_id,
                Document.series == series,
                Document.year == year,
                Document.correction == 0,
            )
            .order_by(Document.ordinal.desc())
            .limit(1)
        )

    def states_of_run(self, customer_id: int, created_at: datetime) -> dict[int, DocumentStatus]:
        """How far the documents are, счета aside, that were issued to a customer at this instant, by id."""
        rows = self.session.execute(
            select(Document.id, Document.status).where(
                Document.customer_id == customer_id,
                Document.created_at == created_at,
                Document.kind != DocumentKind.INVOICE,
            )
        )
        return dict(rows.tuples().all())
