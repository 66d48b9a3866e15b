"""What the table of documents asks for beside what was issued (J3, J4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.billing.documents.decision import (
    FORMS,
    Buyer,
    DocumentEvent,
    Occasion,
    PaidBy,
    Paper,
    papers_due,
)
from app.billing.documents.kinds import DocumentKind, ServicePaper

Issued = tuple[DocumentKind, int | None]
"""Kind and status of a document, as `FORMS` tells them."""


class Deed(StrEnum):
    """What documents are about: the rows that are looked through."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    PREPAYMENT = "prepayment"
    SERVICE_MONTH = "service_month"
    USAGE = "usage"
    REFUND_SENT = "refund_sent"
    PRICE_LOWERED = "price_lowered"


ASKED: Mapping[Deed, frozenset[Paper]] = MappingProxyType(
    {
        Deed.INVOICE: frozenset({Paper.INVOICE}),
        Deed.PAYMENT: frozenset({Paper.RECEIPT}),
        Deed.PREPAYMENT: frozenset({Paper.ADVANCE_INVOICE}),
        Deed.SERVICE_MONTH: frozenset(
            {Paper.TRANSFER_WITH_INVOICE, Paper.TRANSFER, Paper.ACT, Paper.VAT_INVOICE}
        ),
        Deed.USAGE: frozenset({Paper.TRANSFER_WITH_INVOICE, Paper.TRANSFER, Paper.ACT, Paper.VAT_INVOICE}),
        Deed.REFUND_SENT: frozenset({Paper.RECEIPT}),
        Deed.PRICE_LOWERED: frozenset(
            {Paper.VAT_ADJUSTMENT, Paper.TRANSFER_ADJUSTMENT_WITH_INVOICE, Paper.TRANSFER_ADJUSTMENT}
        ),
    }
)
"""Which of the papers of an event are about these rows; a fiscal receipt is the cash register's."""


@dataclass(frozen=True, slots=True)
class DeedGroup:
    """Rows that are alike before the table, with what each of them has; `examples` are ids of a few.

    `service_paper` is what the seller gives now: where something was given, that decides.
    """

    deed: Deed
    event: DocumentEvent
    taxed: bool
    buyer: Buyer
    paid_by: PaidBy
    service_paper: ServicePaper
    issued: frozenset[Issued]
    count: int
    examples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingPaper:
    """A paper that `count` rows ask for and don't have."""

    deed: Deed
    paper: Paper
    count: int
    examples: tuple[int, ...]


def missing_papers(groups: Iterable[DeedGroup]) -> list[MissingPaper]:
    """What is due by the table and was not issued, group by group."""
    return [
        MissingPaper(group.deed, paper, group.count, group.examples)
        for group in groups
        for paper in due(group)
        if FORMS[paper] not in group.issued
    ]


def due(group: DeedGroup) -> tuple[Paper, ...]:
    """What the table asks for of these rows."""
    given = _paper_given(group.issued) or group.service_paper
    occasion = Occasion(group.event, group.taxed, group.buyer, group.paid_by, given)
    return tuple(paper for paper in papers_due(occasion) if paper in ASKED[group.deed])


def _paper_given(issued: frozenset[Issued]) -> ServicePaper | None:
    """What was given for the service, if anything was: the seller may have changed the habit since."""
    kinds = {kind for kind, _status in issued}
    if kinds & {DocumentKind.TRANSFER}:
        return ServicePaper.TRANSFER
    if kinds & {DocumentKind.ACT, DocumentKind.VAT_INVOICE}:
        return ServicePaper.INVOICE_AND_ACT
    return None
