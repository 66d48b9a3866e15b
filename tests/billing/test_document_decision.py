"""Which document when: the table row by row, and what holds for every combination (J3)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.documents.decision import (
    DECISION_TABLE,
    FORMS,
    TAX_INVOICES,
    Buyer,
    DocumentEvent,
    Occasion,
    PaidBy,
    Paper,
    Rule,
    buyer_of,
    papers_due,
)
from app.billing.documents.kinds import DocumentKind, ServicePaper

E, P = DocumentEvent, Paper
BUSINESS, PERSON = Buyer.BUSINESS, Buyer.INDIVIDUAL
ABROAD, PERSON_ABROAD = Buyer.FOREIGN_BUSINESS, Buyer.FOREIGN_INDIVIDUAL
BANK, CARD, PAYPAL, BALANCE = PaidBy.BANK_TRANSFER, PaidBy.CARD, PaidBy.PAYPAL, PaidBy.BALANCE
UPD, SF = ServicePaper.TRANSFER, ServicePaper.INVOICE_AND_ACT
TAXED, FREE = True, False

EXAMPLES = [
    (E.PAYMENT_ASKED, TAXED, BUSINESS, BANK, UPD, (P.INVOICE,)),
    (E.PAYMENT_ASKED, FREE, PERSON_ABROAD, CARD, SF, (P.INVOICE,)),
    (E.PREPAYMENT_RECEIVED, TAXED, BUSINESS, BANK, UPD, (P.RECEIPT, P.ADVANCE_INVOICE)),
    (E.PREPAYMENT_RECEIVED, TAXED, BUSINESS, CARD, SF, (P.RECEIPT, P.ADVANCE_INVOICE)),
    (E.PREPAYMENT_RECEIVED, TAXED, BUSINESS, BALANCE, UPD, (P.ADVANCE_INVOICE,)),
    (E.PREPAYMENT_RECEIVED, FREE, BUSINESS, BANK, UPD, (P.RECEIPT,)),
    (E.PREPAYMENT_RECEIVED, FREE, BUSINESS, BALANCE, UPD, ()),
    (E.PREPAYMENT_RECEIVED, TAXED, PERSON, CARD, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.PREPAYMENT_RECEIVED, TAXED, PERSON, BANK, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.PREPAYMENT_RECEIVED, FREE, PERSON, PAYPAL, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.PREPAYMENT_RECEIVED, TAXED, PERSON, BALANCE, UPD, ()),
    (E.PREPAYMENT_RECEIVED, FREE, ABROAD, CARD, UPD, (P.RECEIPT,)),
    (E.PREPAYMENT_RECEIVED, FREE, PERSON_ABROAD, CARD, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.DEBT_PAID, TAXED, BUSINESS, CARD, UPD, (P.RECEIPT,)),
    (E.DEBT_PAID, TAXED, PERSON, CARD, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.DEBT_PAID, TAXED, BUSINESS, BALANCE, UPD, ()),
    (E.BALANCE_CREDITED, TAXED, BUSINESS, BANK, UPD, (P.RECEIPT,)),
    (E.BALANCE_CREDITED, FREE, PERSON, CARD, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.SERVICE_GIVEN, TAXED, BUSINESS, BANK, UPD, (P.TRANSFER_WITH_INVOICE,)),
    (E.SERVICE_GIVEN, TAXED, BUSINESS, CARD, SF, (P.ACT, P.VAT_INVOICE)),
    (E.SERVICE_GIVEN, FREE, BUSINESS, BANK, UPD, (P.TRANSFER,)),
    (E.SERVICE_GIVEN, FREE, BUSINESS, BANK, SF, (P.ACT,)),
    (E.SERVICE_GIVEN, TAXED, PERSON, CARD, UPD, (P.ACT,)),
    (E.SERVICE_GIVEN, FREE, PERSON, CARD, SF, (P.ACT,)),
    (E.SERVICE_GIVEN, FREE, ABROAD, CARD, UPD, (P.ACT,)),
    (E.SERVICE_GIVEN, FREE, PERSON_ABROAD, PAYPAL, SF, (P.ACT,)),
    (E.PREPAYMENT_RETURNED, TAXED, BUSINESS, BANK, UPD, (P.RECEIPT,)),
    (E.PREPAYMENT_RETURNED, TAXED, PERSON, CARD, UPD, (P.RECEIPT, P.FISCAL_RECEIPT)),
    (E.PREPAYMENT_RETURNED, TAXED, BUSINESS, BALANCE, UPD, ()),
    (E.PRICE_LOWERED, TAXED, BUSINESS, BANK, UPD, (P.RECEIPT, P.TRANSFER_ADJUSTMENT_WITH_INVOICE)),
    (E.PRICE_LOWERED, TAXED, BUSINESS, BALANCE, SF, (P.VAT_ADJUSTMENT, P.TRANSFER_ADJUSTMENT)),
    (E.PRICE_LOWERED, FREE, BUSINESS, BANK, SF, (P.RECEIPT, P.TRANSFER_ADJUSTMENT)),
    (E.PRICE_LOWERED, TAXED, PERSON, CARD, UPD, (P.RECEIPT, P.FISCAL_RECEIPT, P.TRANSFER_ADJUSTMENT)),
    (E.PRICE_LOWERED, FREE, ABROAD, CARD, UPD, (P.RECEIPT, P.TRANSFER_ADJUSTMENT)),
    (E.MISTAKE_FOUND, TAXED, BUSINESS, BANK, UPD, (P.CORRECTION,)),
    (E.MISTAKE_FOUND, FREE, PERSON, CARD, SF, (P.CORRECTION,)),
]
OCCASIONS = st.builds(
    Occasion,
    st.sampled_from(DocumentEvent),
    st.booleans(),
    st.sampled_from(Buyer),
    st.sampled_from(PaidBy),
    st.sampled_from(ServicePaper),
)


@pytest.mark.parametrize(("event", "taxed", "buyer", "paid_by", "service_paper", "papers"), EXAMPLES)
def test_what_is_due(
    event: DocumentEvent,
    taxed: bool,
    buyer: Buyer,
    paid_by: PaidBy,
    service_paper: ServicePaper,
    papers: tuple[Paper, ...],
) -> None:
    assert papers_due(Occasion(event, taxed, buyer, paid_by, service_paper)) == papers


def every_occasion() -> list[Occasion]:
    return [Occasion(*each) for each in product(DocumentEvent, (True, False), Buyer, PaidBy, ServicePaper)]


@pytest.mark.parametrize("rule", DECISION_TABLE)
def test_no_row_is_dead_and_each_names_its_law(rule: Rule) -> None:
    assert any(rule.fits(occasion) for occasion in every_occasion())
    assert rule.source


def test_every_combination_has_its_answer() -> None:
    for occasion in every_occasion():
        no_new_money = occasion.paid_by is PaidBy.BALANCE and occasion.event in {
            E.PREPAYMENT_RECEIVED, E.DEBT_PAID, E.BALANCE_CREDITED, E.PREPAYMENT_RETURNED,
        }  # fmt: skip
        papers = papers_due(occasion)
        assert papers or no_new_money, occasion
        assert len(papers) == len(set(papers)), "nothing is issued twice"


@given(OCCASIONS)
def test_no_vat_no_tax_invoice(occasion: Occasion) -> None:
    if not occasion.taxed:
        assert not TAX_INVOICES & set(papers_due(occasion))


@given(OCCASIONS)
def test_only_russian_businesses_get_a_tax_invoice(occasion: Occasion) -> None:
    if occasion.buyer is not Buyer.BUSINESS:
        assert not TAX_INVOICES & set(papers_due(occasion))


@given(OCCASIONS)
def test_a_returned_prepayment_corrects_nothing(occasion: Occasion) -> None:
    if occasion.event is E.PREPAYMENT_RETURNED:
        assert set(papers_due(occasion)) <= {P.RECEIPT, P.FISCAL_RECEIPT}


@given(OCCASIONS)
def test_the_cash_register_is_for_new_money_of_people(occasion: Occasion) -> None:
    of_a_person = occasion.buyer in {Buyer.INDIVIDUAL, Buyer.FOREIGN_INDIVIDUAL}
    moves = P.RECEIPT in papers_due(occasion)
    assert (P.FISCAL_RECEIPT in papers_due(occasion)) == (of_a_person and moves)


@given(OCCASIONS)
def test_service_is_on_one_primary_document(occasion: Occasion) -> None:
    if occasion.event is E.SERVICE_GIVEN:
        primary = {P.ACT, P.TRANSFER, P.TRANSFER_WITH_INVOICE}
        assert len(primary & set(papers_due(occasion))) == 1


@given(OCCASIONS)
def test_vat_charged_to_a_russian_business_is_told_by_one_tax_invoice(occasion: Occasion) -> None:
    charged = occasion.event in {E.PREPAYMENT_RECEIVED, E.SERVICE_GIVEN, E.PRICE_LOWERED}
    if charged and occasion.taxed and occasion.buyer is Buyer.BUSINESS:
        assert len(TAX_INVOICES & set(papers_due(occasion))) == 1


def test_every_paper_of_ours_has_its_form() -> None:
    assert set(Paper) - set(FORMS) == {P.FISCAL_RECEIPT, P.CORRECTION}
    assert {kind for kind, _ in FORMS.values()} == set(DocumentKind) - {DocumentKind.RECONCILIATION}
    for kind, status in FORMS.values():
        assert (status is not None) == (kind in {DocumentKind.TRANSFER, DocumentKind.TRANSFER_ADJUSTMENT})


@pytest.mark.parametrize(
    ("is_person", "country", "buyer"),
    [
        (False, "RU", Buyer.BUSINESS),
        (True, "RU", Buyer.INDIVIDUAL),
        (False, "KZ", Buyer.FOREIGN_BUSINESS),
        (True, "DE", Buyer.FOREIGN_INDIVIDUAL),
    ],
)
def test_the_country_decides_who_is_foreign(is_person: bool, country: str, buyer: Buyer) -> None:
    assert buyer_of(is_person=is_person, country=country) is buyer
