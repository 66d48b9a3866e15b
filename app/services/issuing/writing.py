"""Issuing: drafts get their numbers, dates and rouble values and are written as snapshots (J3, J4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.billing.documents.kinds import DocumentKind, DocumentStatus, OriginalState
from app.billing.documents.parties import DocumentReference
from app.billing.documents.snapshot import to_snapshot
from app.billing.documents.tax_document import TaxDocument
from app.billing.exchange_rates import ROUBLE, KnownRates, MissingRate
from app.billing.money import Money
from app.billing.month_closing import first_open_day
from app.models import Document, DocumentAdvance, DocumentLine
from app.services.document_production import promise_rendering
from app.services.issuing.drafts import Draft, Place
from app.services.issuing.numbering import take_places
from app.services.unit_of_work import UnitOfWork

NO_RATE = "documents:RATE_MISSING"
"""The task of staff about what can't be issued until a rate of the Bank of Russia is known."""
SHIPMENT_TITLES = {
    ("act", "ru"): "Акт",
    ("act", "en"): "Act",
    ("transfer", "ru"): "Универсальный передаточный документ",
    ("transfer", "en"): "Universal transfer document",
}

Roubles = Mapping[Draft, tuple[Money, Money]]


def issue_documents(work: UnitOfWork, drafts: Sequence[Draft], now: datetime) -> dict[Draft, int]:
    """Number and write the documents and promise their files; the ids of those that were issued.

    A draft in another currency whose rate is not known is left out, with a task for staff; so is the
    счёт-фактура whose акт is. What belongs to a closed month is dated by the first day of the next open
    one. A document of `issued` closes its task. All of them are created at `now`.
    """
    if not drafts:
        return {}
    _open_days(work, drafts)
    roubles = _rouble_values(work, drafts, now)
    issued = [draft for draft in drafts if draft in roubles]
    ids = dict(zip(issued, work.take_ids(Document, len(issued)), strict=True))
    places = take_places(work, issued)
    for draft in issued:
        _write(work, draft, ids[draft], places, roubles[draft], now)
    return ids


def write_document(work: UnitOfWork, **columns: Any) -> None:
    """Write the row of a document: rows of one transaction set the same columns, whoever writes them."""
    work.write(Document, **{**UNSET, **columns})


UNSET: Mapping[str, Any] = {
    "invoice_id": None,
    "payment_id": None,
    "refund_id": None,
    "correction": 0,
    "corrects_id": None,
    "corrected_on": None,
    "adjusts_id": None,
    "supplied_on": None,
    "rouble_minor": None,
    "rouble_vat_minor": None,
    "status": DocumentStatus.PENDING,
    "original_state": OriginalState.NONE,
}
"""The columns that not every document has, and where each begins."""


def _open_days(work: UnitOfWork, drafts: Sequence[Draft]) -> None:
    closed = work.month_closings.closed({draft.seller.id for draft in drafts})
    for draft in drafts:
        draft.legal_day = first_open_day(draft.legal_day, closed[draft.seller.id])


def _rouble_values(work: UnitOfWork, drafts: Sequence[Draft], now: datetime) -> Roubles:
    """Total and VAT in roubles of every draft that can be issued (J4)."""
    foreign = [draft for draft in drafts if draft.total.currency != ROUBLE]
    known = work.exchange_rates.known_of({each.legal_day for each in foreign}) if foreign else KnownRates()
    values: dict[Draft, tuple[Money, Money]] = {}
    for draft in drafts:
        roubles = known.roubles(draft.total, draft.legal_day)
        vat = known.roubles(draft.vat, draft.legal_day)
        if not isinstance(roubles, MissingRate) and not isinstance(vat, MissingRate):
            values[draft] = roubles, vat
        elif draft.concerns is not None:
            work.ask_staff(NO_RATE, *draft.concerns, draft.customer_id, now)
    if foreign:
        done = [draft.concerns for draft in foreign if draft in values and draft.concerns]
        work.staff_tasks.close_all(NO_RATE, done, now)
    return values


def _write(
    work: UnitOfWork,
    draft: Draft,
    document_id: int,
    places: Mapping[Draft, Place],
    roubles: tuple[Money, Money],
    now: datetime,
) -> None:
    place, foreign = places[draft], draft.total.currency != ROUBLE
    work_row: dict[str, Any] = {
        "id": document_id,
        "seller_id": draft.seller.id,
        "customer_id": draft.customer_id,
        "payer_id": draft.payer_id,
        "invoice_id": draft.invoice_id,
        "payment_id": draft.payment_id,
        "refund_id": draft.refund_id,
        "adjusts_id": draft.adjusts_id,
        "kind": draft.kind,
        "series": place.series,
        "year": place.year,
        "ordinal": place.ordinal,
        "number": place.number,
        "issued_on": place.issued_on,
        "supplied_on": draft.legal_day,
        "currency": draft.total.currency,
        "total_minor": draft.total.minor,
        "vat_minor": draft.vat.minor,
        "rouble_minor": roubles[0].minor if foreign else None,
        "rouble_vat_minor": roubles[1].minor if foreign else None,
        "snapshot": to_snapshot(_numbered(draft, places, now)),
        "created_at": now,
    }
    write_document(work, **work_row)
    _write_parts(work, draft, document_id)
    promise_rendering(work, document_id, draft.customer_id)


def _write_parts(work: UnitOfWork, draft: Draft, document_id: int) -> None:
    for position, line in enumerate(draft.lines, start=1):
        work.write(
            DocumentLine,
            document_id=document_id,
            position=position,
            kind=draft.kind,
            correction=0,
            invoice_line_id=line.invoice_line_id,
            service_month_id=line.service_month_id,
            currency=line.gross.currency,
            vat_rate=line.vat_rate,
            vat_minor=line.vat.minor,
            gross_minor=line.gross.minor,
        )
    for use in draft.advances:
        work.write(
            DocumentAdvance,
            document_id=document_id,
            advance_id=use.advance_id,
            currency=use.gross.currency,
            gross_minor=use.gross.minor,
            vat_minor=use.vat.minor,
        )


def _numbered(draft: Draft, places: Mapping[Draft, Place], now: datetime) -> Any:
    """The document with its number and date, and what else follows from them."""
    place = places[draft]
    changes: dict[str, Any] = {"number": place.number, "issued_on": place.issued_on}
    if hasattr(draft.document, "exchange_uuid"):
        changes["exchange_uuid"] = _exchange_uuid(draft, place, now)
    if isinstance(draft.document, TaxDocument):
        changes["shipments"] = _shipments(draft, places)
    return replace(draft.document, **changes)


def _exchange_uuid(draft: Draft, place: Place, now: datetime) -> str:
    """A name of the file that no other one has: the seller, the number and the instant of issue decide it."""
    return str(uuid5(NAMESPACE_URL, f"{draft.seller.inn}/{place.number}/{now.isoformat()}"))


def _shipments(draft: Draft, places: Mapping[Draft, Place]) -> tuple[DocumentReference, ...]:
    """Line 5а: the акт beside a счёт-фактура, or the УПД itself; only a счёт-фактура has it."""
    shown_by = draft if draft.kind is DocumentKind.TRANSFER and draft.status == 1 else draft.shown_by
    if shown_by is None or not isinstance(shown_by.document, TaxDocument):
        return ()
    place = places[shown_by]
    title = SHIPMENT_TITLES[shown_by.document.form, shown_by.document.language]
    return (DocumentReference(title, place.number, place.issued_on),)
