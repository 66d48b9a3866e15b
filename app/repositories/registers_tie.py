"""VAT of documents beside VAT of the ledger, thing by thing: what does not tie is found here (K1, J4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.billing.documents.kinds import DocumentKind
from app.billing.ledger import EntryKind
from app.billing.registers_ledger import VAT_KINDS, VatFlow
from app.models import (
    Document,
    DocumentAdvance,
    DocumentLine,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    Payer,
    ServiceMonth,
)
from app.repositories.registers import ADJUSTMENTS, Stretch, is_russian_individual, is_tax_document, taxed_on
from app.repositories.registers_ledger import (
    SERVICE_FLOWS,
    entries_of,
    flow_of,
    is_advance_of,
    summed,
)


class RegisterTieRepository:
    """Compares the newest versions of documents with entries, of everybody but Russian individuals."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def differences(self, stretch: Stretch, limit: int) -> Sequence[Row[Any]]:
        """Where documents and entries of others than individuals tell different VAT: `flow`, `invoice_id`,
        `service_month_id`, `documents`, `ledger`, and in `how_many` how many there are in all.
        """
        both = union_all(_booked(stretch), *_documented(stretch), _returned_with_document(stretch)).subquery()
        keys = (both.c.flow, both.c.invoice_id, both.c.service_month_id)
        documents, ledger = summed(both.c.documents), summed(both.c.ledger)
        return self.session.execute(
            select(
                *keys,
                documents.label("documents"),
                ledger.label("ledger"),
                func.count().over().label("how_many"),
            )
            .group_by(*keys)
            .having(documents != ledger)
            .order_by(*keys)
            .limit(limit)
        ).all()

    def documented_vat(self, stretch: Stretch) -> Sequence[Row[Any]]:
        """VAT of every flow as documents tell it: `flow`, `vat`."""
        told = union_all(*_documented(stretch), _returned_with_document(stretch)).subquery()
        return self.session.execute(
            select(told.c.flow, summed(told.c.documents).label("vat")).group_by(told.c.flow)
        ).all()


def _side(flow: Any, invoice_id: Any, service_month_id: Any, documents: Any, ledger: Any) -> Select[Any]:
    return select(
        flow.label("flow"),
        cast(invoice_id, BigInteger).label("invoice_id"),
        cast(service_month_id, BigInteger).label("service_month_id"),
        cast(documents, BigInteger).label("documents"),
        cast(ledger, BigInteger).label("ledger"),
    )


def _booked(stretch: Stretch) -> Select[Any]:
    """VAT in the ledger, by service month where documents know it, by invoice of advances."""
    flow = flow_of(VAT_KINDS)
    by_month = case((flow.in_(SERVICE_FLOWS), LedgerEntry.service_month_id), else_=null())
    return (
        _side(flow, LedgerEntry.invoice_id, by_month, literal(0), LedgerEntry.amount_minor)
        .join(Invoice, Invoice.id == LedgerEntry.invoice_id)
        .join(Payer, Payer.id == Invoice.payer_id)
        .where(*entries_of(stretch), LedgerEntry.kind.in_(VAT_KINDS), ~is_russian_individual())
    )


def _documented(stretch: Stretch) -> tuple[Select[Any], ...]:
    """VAT in the newest version of every document; what it uses of advances stands with its first issue."""
    later = aliased(Document)
    conditions = (
        Document.seller_id == stretch.seller_id,
        taxed_on(Document).between(stretch.first, stretch.last),
        ~is_russian_individual(),
    )
    newest = ~exists().where(later.corrects_id == Document.id)
    return (
        _advances().where(*conditions, newest),
        _lines().where(*conditions, newest),
        _used_of_advances().where(*conditions),
    )


def _advances() -> Select[Any]:
    return (
        _side(_word(VatFlow.ADVANCE), Document.invoice_id, null(), Document.vat_minor, literal(0))
        .join(Payer, Payer.id == Document.payer_id)
        .where(Document.kind == DocumentKind.ADVANCE_INVOICE)
    )


def _lines() -> Select[Any]:
    lowered = and_(Document.kind.in_(ADJUSTMENTS), DocumentLine.vat_minor < 0)
    return (
        _side(
            case((lowered, _word(VatFlow.PRICE_LOWERED)), else_=_word(VatFlow.SERVICE)),
            func.coalesce(InvoiceLine.invoice_id, ServiceMonth.invoice_id),
            DocumentLine.service_month_id,
            case((lowered, -DocumentLine.vat_minor), else_=DocumentLine.vat_minor),
            literal(0),
        )
        .select_from(Document)
        .join(DocumentLine, DocumentLine.document_id == Document.id)
        .join(Payer, Payer.id == Document.payer_id)
        .outerjoin(InvoiceLine, InvoiceLine.id == DocumentLine.invoice_line_id)
        .outerjoin(ServiceMonth, ServiceMonth.id == DocumentLine.service_month_id)
        .where(is_tax_document(Document), Document.kind != DocumentKind.ADVANCE_INVOICE)
    )


def _used_of_advances() -> Select[Any]:
    advance = aliased(Document)
    vat = DocumentAdvance.vat_minor
    return (
        _side(_word(VatFlow.ADVANCE_DEDUCTED), advance.invoice_id, null(), vat, literal(0))
        .select_from(Document)
        .join(DocumentAdvance, DocumentAdvance.document_id == Document.id)
        .join(advance, advance.id == DocumentAdvance.advance_id)
        .join(Payer, Payer.id == Document.payer_id)
    )


def _returned_with_document(stretch: Stretch) -> Select[Any]:
    """An advance that went back is deducted by its own счёт-фактура: the VAT of those that have one."""
    advance = aliased(Document)
    return (
        _side(
            _word(VatFlow.ADVANCE_RETURNED),
            LedgerEntry.invoice_id,
            null(),
            LedgerEntry.amount_minor,
            literal(0),
        )
        .join(Invoice, Invoice.id == LedgerEntry.invoice_id)
        .join(Payer, Payer.id == Invoice.payer_id)
        .join(advance, is_advance_of(advance, LedgerEntry.invoice_id))
        .where(
            *entries_of(stretch), LedgerEntry.kind == EntryKind.ADVANCE_VAT_RETURNED, ~is_russian_individual()
        )
    )


def _word(flow: VatFlow) -> Any:
    return literal(flow.value, String)
