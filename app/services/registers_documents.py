"""Issued and missing documents of a period: what the table of documents wants, and what there is (J3, J4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from app.billing.documents.decision import DocumentEvent
from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.invoice import InvoicePurpose
from app.billing.registers_missing import Deed, DeedGroup, Issued, MissingPaper, missing_papers
from app.models import Payer
from app.repositories.registers import IssuedCount, Stretch
from app.services.issuing.context import paid_by
from app.services.issuing.parties import buyer_kind
from app.services.unit_of_work import Repositories, Transactions

MOST_EXAMPLES = 5
EVENTS = {
    Deed.INVOICE: DocumentEvent.PAYMENT_ASKED,
    Deed.PREPAYMENT: DocumentEvent.PREPAYMENT_RECEIVED,
    Deed.SERVICE_MONTH: DocumentEvent.SERVICE_GIVEN,
    Deed.USAGE: DocumentEvent.SERVICE_GIVEN,
    Deed.REFUND_SENT: DocumentEvent.PREPAYMENT_RETURNED,
    Deed.PRICE_LOWERED: DocumentEvent.PRICE_LOWERED,
}


@dataclass(frozen=True, slots=True)
class DocumentsOfPeriod:
    """What was issued, by kind and state, and what is missing."""

    issued: tuple[IssuedCount, ...]
    missing: tuple[MissingPaper, ...]


def documents_of_period(transactions: Transactions, *, stretch: Stretch) -> DocumentsOfPeriod:
    """Both, of one moment. Rows from before documents were issued at all ask for none."""
    with transactions.reading() as repositories:
        repositories.ledger.read_one_moment()
        return DocumentsOfPeriod(
            tuple(repositories.registers.issued(stretch)), tuple(missing_of(repositories, stretch))
        )


def missing_of(repositories: Repositories, stretch: Stretch) -> list[MissingPaper]:
    """What is missing, one entry for a kind of paper and of row."""
    paper = repositories.sellers.get(stretch.seller_id).service_paper
    return _together(missing_papers(_groups(repositories, stretch, paper)))


def _groups(repositories: Repositories, stretch: Stretch, paper: ServicePaper) -> Iterator[DeedGroup]:
    for deed, row in repositories.deeds.groups(stretch, MOST_EXAMPLES):
        yield DeedGroup(
            deed=deed,
            event=EVENTS.get(deed) or _event_of_payment(row),
            taxed=row.taxed,
            buyer=buyer_kind(Payer(kind=row.payer_kind, country=row.country)),
            paid_by=paid_by(row.provider),
            service_paper=paper,
            issued=frozenset(map(_issued, row.issued)),
            count=row.how_many,
            examples=tuple(row.examples),
        )


def _event_of_payment(row: Row[Any]) -> DocumentEvent:
    if row.purpose == "balance":
        return DocumentEvent.BALANCE_CREDITED
    postpaid = row.purpose == InvoicePurpose.USAGE
    return DocumentEvent.DEBT_PAID if postpaid else DocumentEvent.PREPAYMENT_RECEIVED


def _issued(told: str) -> Issued:
    kind, _colon, status = told.partition(":")
    return DocumentKind(kind), int(status) if status else None


def _together(missing: list[MissingPaper]) -> list[MissingPaper]:
    found: dict[tuple[Deed, Any], list[MissingPaper]] = defaultdict(list)
    for each in missing:
        found[each.deed, each.paper].append(each)
    return [
        MissingPaper(
            deed,
            paper,
            sum(each.count for each in group),
            tuple(sorted(example for each in group for example in each.examples)[:MOST_EXAMPLES]),
        )
        for (deed, paper), group in found.items()
    ]
