"""What is missing beside what was issued."""

from __future__ import annotations

import pytest

from app.billing.documents.decision import FORMS, Buyer, DocumentEvent, PaidBy, Paper
from app.billing.documents.kinds import DocumentKind, ServicePaper
from app.billing.registers_missing import ASKED, Deed, DeedGroup, Issued, MissingPaper, due, missing_papers

A_TRANSFER: Issued = (DocumentKind.TRANSFER, 1)
AN_ACT: Issued = (DocumentKind.ACT, None)
A_SF: Issued = (DocumentKind.VAT_INVOICE, None)


def group(
    deed: Deed = Deed.SERVICE_MONTH,
    event: DocumentEvent = DocumentEvent.SERVICE_GIVEN,
    *issued: Issued,
    **changes: object,
) -> DeedGroup:
    values: dict[str, object] = {
        "deed": deed,
        "event": event,
        "taxed": True,
        "buyer": Buyer.BUSINESS,
        "paid_by": PaidBy.BANK_TRANSFER,
        "service_paper": ServicePaper.TRANSFER,
        "issued": frozenset(issued),
        "count": 3,
        "examples": (1, 2),
    }
    return DeedGroup(**(values | changes))  # type: ignore[arg-type]


def test_what_the_table_asks_for_and_is_not_there_is_missing() -> None:
    assert missing_papers([group()]) == [
        MissingPaper(Deed.SERVICE_MONTH, Paper.TRANSFER_WITH_INVOICE, 3, (1, 2))
    ]
    assert missing_papers([group(Deed.SERVICE_MONTH, DocumentEvent.SERVICE_GIVEN, A_TRANSFER)]) == []
    status_2 = (DocumentKind.TRANSFER, 2)
    (found,) = missing_papers([group(Deed.SERVICE_MONTH, DocumentEvent.SERVICE_GIVEN, status_2)])
    assert found.paper is Paper.TRANSFER_WITH_INVOICE, "the wrong one is no right one"


def test_half_of_a_pair_leaves_the_other_half_missing() -> None:
    for there, missing in ((AN_ACT, Paper.VAT_INVOICE), (A_SF, Paper.ACT)):
        found = missing_papers([group(Deed.SERVICE_MONTH, DocumentEvent.SERVICE_GIVEN, there)])
        assert [each.paper for each in found] == [missing], "the pair was the habit then"
    assert missing_papers([group(Deed.SERVICE_MONTH, DocumentEvent.SERVICE_GIVEN, AN_ACT, A_SF)]) == []


@pytest.mark.parametrize(
    ("deed", "event", "papers"),
    [
        (Deed.INVOICE, DocumentEvent.PAYMENT_ASKED, (Paper.INVOICE,)),
        (Deed.PAYMENT, DocumentEvent.PREPAYMENT_RECEIVED, (Paper.RECEIPT,)),
        (Deed.PREPAYMENT, DocumentEvent.PREPAYMENT_RECEIVED, (Paper.ADVANCE_INVOICE,)),
        (Deed.USAGE, DocumentEvent.SERVICE_GIVEN, (Paper.TRANSFER_WITH_INVOICE,)),
        (Deed.REFUND_SENT, DocumentEvent.PREPAYMENT_RETURNED, (Paper.RECEIPT,)),
        (Deed.PRICE_LOWERED, DocumentEvent.PRICE_LOWERED, (Paper.TRANSFER_ADJUSTMENT_WITH_INVOICE,)),
    ],
)
def test_each_row_is_asked_for_its_own_papers(
    deed: Deed, event: DocumentEvent, papers: tuple[Paper, ...]
) -> None:
    assert due(group(deed, event)) == papers


def test_individuals_are_asked_for_no_tax_invoices() -> None:
    assert due(group(buyer=Buyer.INDIVIDUAL)) == (Paper.ACT,)
    assert due(group(Deed.PREPAYMENT, DocumentEvent.PREPAYMENT_RECEIVED, buyer=Buyer.INDIVIDUAL)) == ()


def test_whatever_is_asked_for_is_a_document_of_ours() -> None:
    assert {paper for papers in ASKED.values() for paper in papers} <= set(FORMS)
    assert set(ASKED) == set(Deed)
