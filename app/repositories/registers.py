"""Rows of the registers, read from issued documents in one streamed query each (J4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.billing.documents.kinds import DocumentKind, DocumentStatus
from app.models import Document, DocumentAdvance, DocumentLine, Payer, PayerKind

BATCH = 1_000
OF_TAX = (DocumentKind.ADVANCE_INVOICE, DocumentKind.VAT_INVOICE, DocumentKind.VAT_ADJUSTMENT)
OF_TAX_WITH_STATUS_1 = (DocumentKind.TRANSFER, DocumentKind.TRANSFER_ADJUSTMENT)
OF_SERVICE = (DocumentKind.ACT, DocumentKind.TRANSFER, DocumentKind.TRANSFER_ADJUSTMENT)
ADJUSTMENTS = (DocumentKind.VAT_ADJUSTMENT, DocumentKind.TRANSFER_ADJUSTMENT)
PERSONS = (PayerKind.INDIVIDUAL, PayerKind.FOREIGN_INDIVIDUAL)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one seller, the first and the last included."""

    seller_id: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class IssuedCount:
    """Documents of one kind and state of their files, by the day that they bear."""

    kind: DocumentKind
    status: DocumentStatus
    count: int


def taxed_on(document: Any) -> ColumnElement[date]:
    """The day that the tax of a document falls due."""
    day: ColumnElement[date] = func.coalesce(document.supplied_on, document.issued_on)
    return day


def has_status(document: Any, status: int) -> ColumnElement[bool]:
    """Whether a УПД or УКД is of this status."""
    told: ColumnElement[str] = document.snapshot["document"]["status"].as_string()
    return told == str(status)


def is_tax_document(document: Any) -> ColumnElement[bool]:
    """Whether a document is a счёт-фактура in any of its forms."""
    return or_(
        document.kind.in_(OF_TAX), and_(document.kind.in_(OF_TAX_WITH_STATUS_1), has_status(document, 1))
    )


def is_russian_individual(payer: Any = Payer) -> ColumnElement[bool]:
    """Whether the payer gets no счета-фактуры and is taken together with the others."""
    return and_(payer.kind.in_(PERSONS), payer.country == "RU")


class RegisterRepository:
    """What documents say for the registers. Streams: the rows are read while the transaction is open."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def sales(self, stretch: Stretch) -> Iterator[Row[Any]]:
        """Tax documents of the days: first issues by their tax day, what was corrected within its quarter by
        the day of the исправление, once taken back and once as corrected.
        """
        entries = union_all(
            _issued(stretch, is_tax_document(Document)),
            *_corrections(stretch, is_tax_document(Document), late=False),
        )
        return self._documents(entries, None)

    def adjustments(self, stretch: Stretch) -> Iterator[Row[Any]]:
        """The КСФ among the tax documents of the days, as `sales` tells them."""
        condition = and_(is_tax_document(Document), Document.kind.in_(ADJUSTMENTS))
        entries = union_all(_issued(stretch, condition), *_corrections(stretch, condition, late=False))
        return self._documents(entries, None)

    def additional(self, stretch: Stretch) -> Iterator[Row[Any]]:
        """Tax documents of the days that were corrected after their quarter, taken back and as corrected."""
        return self._documents(union_all(*_corrections(stretch, is_tax_document(Document), late=True)), None)

    def without_vat(self, stretch: Stretch) -> Iterator[Row[Any]]:
        """Documents of service with lines «Без НДС» that are no счета-фактуры; the newest version of each."""
        plain = and_(
            Document.kind.in_(OF_SERVICE),
            or_(Document.kind == DocumentKind.ACT, has_status(Document, 2)),
            exists().where(DocumentLine.document_id == Document.id, DocumentLine.vat_rate.is_(None)),
        )
        return self._documents(_newest(stretch, plain), DocumentLine.vat_rate.is_(None))

    def advances_used(self, stretch: Stretch) -> Iterator[Row[Any]]:
        """What documents of service use of advances: `on`, the advance's счёт-фактура, the sums."""
        advance = aliased(Document)
        service = Document
        query = (
            select(
                taxed_on(service).label("on"),
                *_reference_columns(advance, ""),
                *_buyer_columns(service),
                DocumentAdvance.gross_minor,
                DocumentAdvance.vat_minor,
            )
            .join(service, service.id == DocumentAdvance.document_id)
            .join(advance, advance.id == DocumentAdvance.advance_id)
            .join(Payer, Payer.id == service.payer_id)
            .where(
                service.seller_id == stretch.seller_id,
                taxed_on(service).between(stretch.first, stretch.last),
                ~is_russian_individual(),
            )
            .order_by(taxed_on(service), service.id, advance.id)
        )
        return self._streamed(query)

    def issued(self, stretch: Stretch) -> list[IssuedCount]:
        """How many documents bear a day of the stretch; an исправление bears its own."""
        bears = func.coalesce(Document.corrected_on, Document.issued_on)
        rows = self.session.execute(
            select(Document.kind, Document.status, func.count().label("how_many"))
            .where(
                Document.seller_id == stretch.seller_id,
                or_(
                    and_(Document.correction == 0, Document.issued_on.between(stretch.first, stretch.last)),
                    and_(Document.correction > 0, bears.between(stretch.first, stretch.last)),
                ),
            )
            .group_by(Document.kind, Document.status)
            .order_by(Document.kind, Document.status)
        )
        return [IssuedCount(row.kind, row.status, row.how_many) for row in rows]

    def _documents(self, entries: Any, lines: ColumnElement[bool] | None) -> Iterator[Row[Any]]:
        """Every entry with what a register tells of its document; `lines` narrows the lines that count."""
        entry = entries.subquery()
        original = aliased(Document)
        told = Document.snapshot["document"]
        query = (
            select(
                entry.c.on,
                entry.c.sign,
                *_reference_columns(Document, ""),
                *_reference_columns(original, "original_"),
                *_buyer_columns(Document),
                told["payments"].label("payments"),
                told["advances"].label("advances"),
                Document.currency,
                Document.rouble_minor,
                Document.rouble_vat_minor,
                _lines(lines).label("lines"),
            )
            .select_from(entry)
            .join(Document, Document.id == entry.c.document_id)
            .join(Payer, Payer.id == Document.payer_id)
            .outerjoin(original, original.id == Document.adjusts_id)
            .where(~is_russian_individual())
            .order_by(entry.c.on, Document.ordinal, Document.id, entry.c.sign)
        )
        return self._streamed(query)

    def _streamed(self, query: Select[Any]) -> Iterator[Row[Any]]:
        return iter(
            self.session.execute(query, execution_options={"stream_results": True, "yield_per": BATCH})
        )


def _entry(document_id: Any, on: Any, sign: int) -> tuple[Any, ...]:
    return document_id.label("document_id"), on.label("on"), literal(sign, Integer).label("sign")


def _issued(stretch: Stretch, condition: ColumnElement[bool]) -> Select[Any]:
    return select(*_entry(Document.id, taxed_on(Document), 1)).where(
        Document.seller_id == stretch.seller_id,
        taxed_on(Document).between(stretch.first, stretch.last),
        Document.correction == 0,
        condition,
    )


def _newest(stretch: Stretch, condition: ColumnElement[bool]) -> Select[Any]:
    """The last version of every document of the days."""
    later = aliased(Document)
    return select(*_entry(Document.id, taxed_on(Document), 1)).where(
        Document.seller_id == stretch.seller_id,
        taxed_on(Document).between(stretch.first, stretch.last),
        ~exists().where(later.corrects_id == Document.id),
        condition,
    )


def _corrections(
    stretch: Stretch, condition: ColumnElement[bool], *, late: bool
) -> tuple[Select[Any], Select[Any]]:
    """What takes the wrong document back, and what enters the corrected one."""
    day = taxed_on(Document)
    same_quarter = func.date_trunc("quarter", Document.corrected_on) == func.date_trunc("quarter", day)
    found = day if late else Document.corrected_on
    conditions = (
        Document.seller_id == stretch.seller_id,
        Document.correction > 0,
        found.between(stretch.first, stretch.last),
        ~same_quarter if late else same_quarter,
        condition,
    )
    on = cast(Document.corrected_on, Date)
    return (
        select(*_entry(Document.corrects_id, on, -1)).where(*conditions),
        select(*_entry(Document.id, on, 1)).where(*conditions),
    )


def _reference_columns(document: Any, prefix: str) -> tuple[Any, ...]:
    columns = (document.kind, document.number, document.issued_on, document.correction, document.corrected_on)
    return tuple(column.label(f"{prefix}{column.key}") for column in columns)


def _buyer_columns(document: Any) -> tuple[Any, ...]:
    """The buyer as the document names it."""
    buyer = document.snapshot["document"]["buyer"]
    return tuple(buyer[name].as_string().label(f"buyer_{name}") for name in ("name", "inn", "kpp"))


def _lines(condition: ColumnElement[bool] | None) -> Any:
    """The document's lines as [rate, gross, VAT], summed by rate and by whether they raise the price."""
    raises = case(
        (DocumentLine.gross_minor != 0, DocumentLine.gross_minor > 0), else_=DocumentLine.vat_minor > 0
    )
    summed = (
        select(
            DocumentLine.vat_rate,
            func.sum(DocumentLine.gross_minor).label("gross"),
            func.sum(DocumentLine.vat_minor).label("vat"),
        )
        .where(DocumentLine.document_id == Document.id, *(() if condition is None else (condition,)))
        .group_by(DocumentLine.vat_rate, cast(raises, Boolean))
        .correlate(Document)
        .subquery()
    )
    triple = func.jsonb_build_array(summed.c.vat_rate, summed.c.gross, summed.c.vat)
    ordered = func.coalesce(func.jsonb_agg(triple), literal_column("'[]'::jsonb"))
    return select(ordered).select_from(summed).scalar_subquery()
