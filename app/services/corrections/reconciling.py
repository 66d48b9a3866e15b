"""Акт сверки: what a payer and the seller owe each other over a period, from the ledger (J3, K1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from app.billing.actors import Actor, ActorKind
from app.billing.documents.reconciliation import ReconciliationAct, ReconciliationRow
from app.billing.documents.reconciling import IssuedPaper, event_text, require_period
from app.billing.documents.snapshot import to_snapshot
from app.billing.errors import Conflict, NotFound
from app.billing.invoice import invoice_number
from app.billing.money import Money
from app.billing.periods import local_date
from app.models import Document
from app.repositories.ledger import Books
from app.services.issuing.drafts import NO_DAY, NO_NUMBER, Draft
from app.services.issuing.parties import Language, buyer_party, language_of, seller_party, signatories_of
from app.services.issuing.writing import issue_documents
from app.services.sign_off import require_own_or_staff
from app.services.unit_of_work import Repositories, Transactions, UnitOfWork

MOST_A_DAY = 10
"""Acts that a customer may ask for in a day, for one payer: each of them takes a number."""


@dataclass(frozen=True, slots=True)
class ReconciliationRequest:
    """Whose act, over which days, both included; in the customer's currency unless another is named."""

    customer_id: int
    payer_id: int
    first: date
    last: date
    currency: str | None = None


def issue_reconciliation(
    transactions: Transactions, *, actor: Actor, request: ReconciliationRequest, now: datetime
) -> int:
    """Issue an акт сверки; the document's id. The same one asked for again that day is the same document.

    It counts what belongs to the payer's invoices. Opening and closing are those of the ledger, so that an
    act opens where the one before it closed. Raises NotFound for another customer's payer, InvalidInput
    (RECONCILIATION_PERIOD), Conflict (RECONCILIATIONS_TOO_MANY) for the eleventh of a customer in a day.
    """
    require_own_or_staff(actor, request.customer_id)
    require_period(request.first, request.last, local_date(now))
    with transactions.reading() as repositories:
        repositories.ledger.read_one_moment()
        act = _act(repositories, request)
    with transactions.begin(actor) as work:
        work.customers.get(request.customer_id, lock=True)
        issued = work.payer_events.acts(request.payer_id, local_date(now))
        known = next((each for each in issued if _says(each, act)), None)
        if known is not None:
            return known.id
        if actor.kind is ActorKind.CUSTOMER and len(issued) >= MOST_A_DAY:
            raise Conflict(f"payer {request.payer_id}", code="RECONCILIATIONS_TOO_MANY")
        return _issue(work, request, act, now)


def _issue(work: UnitOfWork, request: ReconciliationRequest, act: ReconciliationAct, now: datetime) -> int:
    draft = Draft(
        document=act,
        seller=work.sellers.current(),
        customer_id=request.customer_id,
        payer_id=request.payer_id,
        legal_day=local_date(now),
        total=act.closing,
        vat=Money.zero(act.closing.currency),
    )
    ids = issue_documents(work, [draft], now)
    if draft not in ids:
        raise Conflict(f"no rate of {act.closing.currency}", code="RATE_MISSING")
    work.audit(
        "document.reconciliation",
        "document",
        ids[draft],
        customer_id=request.customer_id,
        now=now,
        details={"payer_id": request.payer_id, "first": f"{request.first}", "last": f"{request.last}"},
    )
    return ids[draft]


def _says(issued: Document, act: ReconciliationAct) -> bool:
    """Whether the document tells the same, but for its number and date."""
    wanted: dict[str, Any] = to_snapshot(act)["document"]
    told = issued.snapshot["document"] | {name: wanted[name] for name in ("number", "issued_on")}
    return bool(told == wanted)


def _act(repositories: Repositories, request: ReconciliationRequest) -> ReconciliationAct:
    payer = repositories.payers.get(request.payer_id)
    if payer.customer_id != request.customer_id:
        raise NotFound("payer")
    customer = repositories.customers.get(request.customer_id)
    seller, language = repositories.sellers.current(), language_of(payer)
    books = Books(seller.id, request.currency or customer.currency)
    opening = Money(repositories.payer_events.balance(books, payer.id, request.first), books.currency)
    after = request.last + timedelta(days=1)
    return ReconciliationAct(
        number=NO_NUMBER,
        issued_on=NO_DAY,
        starts_on=request.first,
        ends_on=request.last,
        seller=seller_party(seller),
        buyer=buyer_party(payer, customer),
        opening=opening,
        rows=_rows(repositories, books, request, language),
        closing=Money(repositories.payer_events.balance(books, payer.id, after), books.currency),
        signatories=signatories_of(seller, language),
        language=language,
        stamp=seller.stamp_sha256,
    )


def _rows(
    repositories: Repositories, books: Books, request: ReconciliationRequest, language: Language
) -> tuple[ReconciliationRow, ...]:
    events = repositories.payer_events.events(books, request.payer_id, request.first, request.last)
    named = [event.document_id for event in events if event.document_id is not None]
    papers = {
        row.id: IssuedPaper(row.kind, row.number, row.issued_on)
        for row in repositories.payer_events.papers(named)
    }
    return tuple(_row(event, papers, books.currency, language) for event in events)


def _row(
    event: Row[Any], papers: Mapping[int, IssuedPaper], currency: str, language: Language
) -> ReconciliationRow:
    text = event_text(
        event.kind,
        language,
        paper=papers.get(event.document_id),
        invoice=invoice_number(event.series, event.year, event.number),
        refund_id=event.refund_id,
    )
    return ReconciliationRow(
        event.booked_on, text, Money(event.debit, currency), Money(event.credit, currency)
    )
