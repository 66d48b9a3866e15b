"""Lists of documents for people: page by page, without what is printed on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from app.billing.documents.listing import DocumentFilter
from app.billing.payment_history import Place
from app.models import Document

about_day = func.coalesce(Document.supplied_on, Document.issued_on)
"""The day that a document is about."""
PRINTED = Document.snapshot["document"]


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document, and the days of the service, or of the settlements, that it is about."""

    document: Document
    first_day: date | None
    last_day: date | None


class DocumentListRepository:
    """Documents of a customer, of a seller, or all of them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def page(
        self, customer_id: int | None, wanted: DocumentFilter, place: Place, count: int
    ) -> list[ListedDocument]:
        """At most so many from the place on, newest first, with their files; in two queries."""
        query = (
            select(Document, _day("service_from", "starts_on"), _day("service_to", "ends_on"))
            .where(*_conditions(customer_id, None, wanted))
            .options(defer(Document.snapshot), selectinload(Document.files))
            .limit(count)
        )
        if place.newer_than is not None:
            found = self.session.execute(
                query.where(Document.id > place.newer_than).order_by(Document.id)
            ).all()
            return [ListedDocument(*row) for row in reversed(found)]
        if place.older_than is not None:
            query = query.where(Document.id < place.older_than)
        return [ListedDocument(*row) for row in self.session.execute(query.order_by(Document.id.desc()))]

    def of_invoice(self, customer_id: int, invoice_id: int, most: int) -> Sequence[ListedDocument]:
        """What was issued about an invoice: the счёт, its advances and receipts, oldest first."""
        query = (
            select(Document, _day("service_from", "starts_on"), _day("service_to", "ends_on"))
            .where(Document.customer_id == customer_id, Document.invoice_id == invoice_id)
            .options(defer(Document.snapshot), selectinload(Document.files))
            .order_by(Document.id)
            .limit(most)
        )
        return [ListedDocument(*row) for row in self.session.execute(query)]

    def first_day(self, customer_id: int) -> date | None:
        """The earliest day that a document of the customer is about."""
        return self.session.scalar(select(func.min(about_day)).where(Document.customer_id == customer_id))

    def count(self, customer_id: int | None, seller_id: int | None, wanted: DocumentFilter, most: int) -> int:
        """How many there are; counts no further than `most`."""
        found = select(Document.id).where(*_conditions(customer_id, seller_id, wanted)).limit(most).subquery()
        return self.session.scalar(select(func.count()).select_from(found)) or 0

    def after(
        self,
        customer_id: int | None,
        seller_id: int | None,
        wanted: DocumentFilter,
        document_id: int,
        count: int,
    ) -> Sequence[Document]:
        """The next so many by id, with files and payer."""
        return self.session.scalars(
            select(Document)
            .where(*_conditions(customer_id, seller_id, wanted), Document.id > document_id)
            .options(defer(Document.snapshot), selectinload(Document.files), joinedload(Document.payer))
            .order_by(Document.id)
            .limit(count)
        ).all()


def _day(*names: str) -> ColumnElement[date]:
    """The first of the printed days that there is."""
    return cast(func.coalesce(*(PRINTED[name].astext for name in names)), Date)


def _conditions(
    customer_id: int | None, seller_id: int | None, wanted: DocumentFilter
) -> Iterator[ColumnElement[bool]]:
    if customer_id is not None:
        yield Document.customer_id == customer_id
    if seller_id is not None:
        yield Document.seller_id == seller_id
    if wanted.first is not None:
        yield about_day >= wanted.first
    if wanted.last is not None:
        yield about_day <= wanted.last
    if wanted.kind is not None:
        yield Document.kind == wanted.kind
