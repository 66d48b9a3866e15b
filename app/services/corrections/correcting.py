"""Исправление: finance corrects the words of an issued document; the wrong one stays (J3)."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from app.billing.actors import Actor
from app.billing.documents.correcting import Correctable, CorrectedTexts, corrected
from app.billing.documents.snapshot import from_snapshot, to_snapshot
from app.billing.errors import Conflict
from app.billing.periods import local_date
from app.models import Document, DocumentLine
from app.services.document_production import promise_rendering
from app.services.issuing.writing import write_document
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions, UnitOfWork


def correct_document(
    transactions: Transactions,
    *,
    actor: Actor,
    document_id: int,
    texts: CorrectedTexts,
    reason: str,
    now: datetime,
) -> int:
    """Issue the document once more with these words, as its next исправление; the id of the new one.

    Number, date, sums and what they are about are the same. Only the newest issue of a document can be
    corrected. Raises NotFound, NotPermitted for anybody but staff, InvalidInput (REASON_REQUIRED and those
    of `corrected`), Conflict (DOCUMENT_NOT_CORRECTABLE, DOCUMENT_CORRECTED_ALREADY).
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        wrong = _newest(work, document_id)
        right = corrected(from_snapshot(wrong.snapshot), texts, local_date(now), str(uuid4()))
        (new_id,) = work.take_ids(Document, 1)
        _write(work, wrong, right, new_id, now)
        _copy_lines(work, wrong, new_id)
        promise_rendering(work, new_id, wrong.customer_id)
        work.audit(
            "document.correct",
            "document",
            new_id,
            customer_id=wrong.customer_id,
            reason=reason,
            now=now,
            details={"corrects_id": wrong.id, "number": wrong.number, "correction": wrong.correction + 1},
        )
        return new_id


def _newest(work: UnitOfWork, document_id: int) -> Document:
    """The document, with its first issue locked: two corrections at once would have one number."""
    document = work.documents.get(document_id)
    work.documents.get(work.corrections.issues_of(document)[0].id, lock=True)
    if work.corrections.issues_of(document)[-1].id != document.id:
        raise Conflict(f"document {document_id}", code="DOCUMENT_CORRECTED_ALREADY")
    return document


def _write(work: UnitOfWork, wrong: Document, right: Correctable, new_id: int, now: datetime) -> None:
    assert right.correction is not None, "a corrected document has a correction"
    write_document(
        work,
        id=new_id,
        seller_id=wrong.seller_id,
        customer_id=wrong.customer_id,
        payer_id=wrong.payer_id,
        invoice_id=wrong.invoice_id,
        payment_id=wrong.payment_id,
        refund_id=wrong.refund_id,
        kind=wrong.kind,
        series=wrong.series,
        year=wrong.year,
        ordinal=wrong.ordinal,
        number=wrong.number,
        correction=right.correction.number,
        corrects_id=wrong.id,
        corrected_on=right.correction.issued_on,
        adjusts_id=wrong.adjusts_id,
        issued_on=wrong.issued_on,
        supplied_on=wrong.supplied_on,
        currency=wrong.currency,
        total_minor=wrong.total_minor,
        vat_minor=wrong.vat_minor,
        rouble_minor=wrong.rouble_minor,
        rouble_vat_minor=wrong.rouble_vat_minor,
        snapshot=to_snapshot(right),
        created_at=now,
    )


def _copy_lines(work: UnitOfWork, wrong: Document, new_id: int) -> None:
    """Registers read them as those of the first issue. What it used of advances stays with that one."""
    for line in wrong.lines:
        work.write(
            DocumentLine,
            document_id=new_id,
            position=line.position,
            kind=line.kind,
            correction=wrong.correction + 1,
            invoice_line_id=line.invoice_line_id,
            service_month_id=line.service_month_id,
            currency=line.currency,
            vat_rate=line.vat_rate,
            vat_minor=line.vat_minor,
            gross_minor=line.gross_minor,
        )
