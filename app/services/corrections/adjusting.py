"""КСФ and УКД: issued when a refund has lowered the price of service given (п. 3 ст. 168 НК, J3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from app.billing.actors import Actor
from app.billing.documents.adjusting import Issue, Lowering, adjustment
from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.parties import DocumentReference
from app.billing.documents.snapshot import from_snapshot
from app.billing.documents.tax_document import TaxDocument
from app.billing.periods import local_date
from app.models import Document, Refund
from app.repositories.corrections import LoweredService
from app.services.bulk import BulkResult, in_chunks
from app.services.issuing.drafts import NO_DAY, NO_NUMBER, Draft, LineFigures
from app.services.issuing.parties import signatories_of
from app.services.issuing.writing import issue_documents
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("documents")
AGREEMENT = {
    "ru": "Соглашение об изменении стоимости услуг",
    "en": "Agreement on the change of price",
}


def issue_adjustments(transactions: Transactions, *, now: datetime) -> BulkResult:
    """Issue a КСФ or УКД for every refund that lowered service and every document that the service is on.

    Safe to run twice and on two machines at once. A refund whose service has no document yet waits for it;
    one of a prepayment alone has none. A refund that fails goes to staff (`documents:…`) and is tried again.
    `handled` are the refunds looked at.
    """
    with transactions.reading() as repositories:
        due = repositories.corrections.refunds_to_adjust()

    def handle(chunk: Sequence[int]) -> None:
        with transactions.begin(ACTOR) as work:
            for refund_id in chunk:
                _adjust(work, work.refunds.get(refund_id, lock=True), now)

    def park(refund_id: int, code: str) -> None:
        with transactions.begin(ACTOR) as work:
            customer_id = work.refunds.get(refund_id).customer_id
            work.ask_staff(f"documents:{code}"[:64], "refund", refund_id, customer_id, now)

    return in_chunks(due, handle, park, size=1)  # the next one starts where this one has ended


def _adjust(work: UnitOfWork, refund: Refund, now: datetime) -> None:
    lowered = work.corrections.lowered_service(refund)
    own = [each for each in lowered if each.refund_id == refund.id]
    done = work.corrections.adjusted_by(refund.id)
    originals = [each for each in work.corrections.documents_of(own) if each.id not in done]
    issue_documents(work, [_draft(work, refund, original, lowered) for original in originals], now)


def _draft(work: UnitOfWork, refund: Refund, original: Document, service: Sequence[LoweredService]) -> Draft:
    places = {(line.invoice_line_id, line.service_month_id): line.position for line in original.lines}
    here = [each for each in service if each.key in places]
    lowered, earlier = (
        [
            Lowering(places[each.key], each.gross, each.vat)
            for each in here
            if (each.refund_id == refund.id) is is_own
        ]
        for is_own in (True, False)
    )
    agreed_on = _agreed_on(refund)
    document = _document(work, original, lowered, earlier, _basis(refund, original, agreed_on))
    whole = document.decrease
    return Draft(
        document=document,
        seller=work.sellers.get(original.seller_id),
        customer_id=original.customer_id,
        payer_id=original.payer_id,
        legal_day=agreed_on,
        total=-whole.gross,
        vat=-whole.vat,
        lines=tuple(_figures(original, each) for each in sorted(lowered, key=lambda each: each.place)),
        refund_id=refund.id,
        adjusts_id=original.id,
        concerns=("refund", refund.id),
    )


def _document(
    work: UnitOfWork,
    original: Document,
    lowered: Sequence[Lowering],
    earlier: Sequence[Lowering],
    basis: DocumentReference,
) -> AdjustmentDocument:
    """From the newest исправление of the original: line 1б names it."""
    printed = from_snapshot(work.corrections.issues_of(original)[-1].snapshot)
    assert isinstance(printed, TaxDocument), "documents of service are of this shape"
    seller = work.sellers.get(original.seller_id)
    issue = Issue(NO_NUMBER, NO_DAY, signatories_of(seller, printed.language), NO_NUMBER, seller.stamp_sha256)
    return adjustment(printed, lowered, earlier, basis, issue)


def _basis(refund: Refund, original: Document, agreed_on: date) -> DocumentReference:
    language = original.snapshot["document"]["language"]
    return DocumentReference(AGREEMENT[language], str(refund.id), agreed_on)


def _agreed_on(refund: Refund) -> date:
    """The buyer asked for it and we agreed: the day of the decision, which taxes are dated by. Of a refund
    that nobody decided here it is the day on which we took note of it.
    """
    return local_date(refund.decided_at or refund.requested_at)


def _figures(original: Document, lowered: Lowering) -> LineFigures:
    line = original.lines[lowered.place - 1]
    return LineFigures(
        gross=-lowered.gross,
        vat=-lowered.vat,
        vat_rate=line.vat_rate,
        invoice_line_id=line.invoice_line_id,
        service_month_id=line.service_month_id,
    )
