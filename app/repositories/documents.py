"""Documents."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.billing.errors import NotFound
from app.models import Document
from app.repositories.base import Repository


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
        """This document if it is the customer's, else NotFound."""
        document = self.session.scalar(
            select(Document).where(Document.id == document_id, Document.customer_id == customer_id)
        )
        if document is None:
            raise NotFound("document")
        return document

    def of_invoice(self, invoice_id: int) -> Document | None:
        """The счёт of an invoice."""
        return self.session.scalar(select(Document).where(Document.invoice_id == invoice_id))
