"""Who stands on documents, copied from the settings and the payer as they are at issue (design §2.10)."""

from __future__ import annotations

from typing import Literal

from app.billing.documents.decision import Buyer, buyer_of
from app.billing.documents.parties import BankDetails, DocumentReference, PartyKind, Signatory, TaxParty
from app.models import Customer, Payer, PayerKind, Seller
from app.services.line_texts import document_language

Language = Literal["ru", "en"]

PARTY_KINDS = {
    PayerKind.INDIVIDUAL: PartyKind.INDIVIDUAL,
    PayerKind.SOLE_TRADER: PartyKind.SOLE_TRADER,
    PayerKind.COMPANY: PartyKind.COMPANY,
    PayerKind.FOREIGN_COMPANY: PartyKind.FOREIGN,
    PayerKind.FOREIGN_INDIVIDUAL: PartyKind.FOREIGN,
}
PERSONS = frozenset({PayerKind.INDIVIDUAL, PayerKind.FOREIGN_INDIVIDUAL})
SOLE_TRADER_WORDS = ("ИП ", "Индивидуальный предприниматель ")
OFFER = {"ru": "Публичная оферта", "en": "Public offer"}
POSITIONS = {"ru": ("Руководитель", "Главный бухгалтер"), "en": ("Director", "Chief accountant")}
SOLE_TRADER_POSITION = {"ru": "Индивидуальный предприниматель", "en": "Sole trader"}


def language_of(payer: Payer) -> Language:
    """Russian for Russian payers, else English."""
    return document_language(payer.country)


def buyer_kind(payer: Payer) -> Buyer:
    """What the payer is to the table of documents."""
    return buyer_of(is_person=payer.kind in PERSONS, country=payer.country)


def seller_party(seller: Seller) -> TaxParty:
    """The seller as documents print it."""
    return TaxParty(
        kind=seller.kind,
        name=_without_words(seller.name, seller.kind),
        country="RU",
        address=seller.address,
        inn=seller.inn,
        kpp=seller.kpp,
        ogrn=seller.ogrn,
        email=seller.email,
        phone=seller.phone,
        bank=BankDetails(
            bank_name=seller.bank_name,
            account=seller.bank_account,
            bic=seller.bank_bik,
            correspondent_account=seller.bank_corr_account,
        ),
        exchange_id=seller.exchange_id,
    )


def buyer_party(payer: Payer, customer: Customer) -> TaxParty:
    """The payer as documents print it; the number of a foreign one is its tax number."""
    kind = PARTY_KINDS[payer.kind]
    is_foreign = kind is PartyKind.FOREIGN
    return TaxParty(
        kind=kind,
        name=_without_words(payer.name, kind),
        country=payer.country,
        address=payer.address,
        inn=None if is_foreign else payer.inn,
        kpp=None if is_foreign else payer.kpp,
        ogrn=None if is_foreign else payer.ogrn,
        tax_id=payer.inn if is_foreign else None,
        email=customer.email,
        phone=customer.phone,
        exchange_id=payer.exchange_id,
    )


def signatories_of(seller: Seller, language: Language) -> tuple[Signatory, ...]:
    """Who signs for the seller: the head, then the chief accountant; a sole trader signs alone."""
    if seller.kind is PartyKind.SOLE_TRADER:
        return (Signatory(SOLE_TRADER_POSITION[language], seller.director),)
    head, accountant = POSITIONS[language]
    own = seller.director_position if language == "ru" else head
    signs = [Signatory(own or head, seller.director)]
    if seller.accountant.strip():
        signs.append(Signatory(accountant, seller.accountant))
    return tuple(signs)


def offer_of(seller: Seller, language: Language) -> DocumentReference:
    """The contract that a document rests on; buyers abroad read the usual one by its English name."""
    title = OFFER["en"] if language == "en" and seller.offer_title == OFFER["ru"] else seller.offer_title
    return DocumentReference(title, seller.offer_number, seller.offer_date)


def _without_words(name: str, kind: PartyKind) -> str:
    """The name of a person without «ИП»: the forms print it themselves."""
    if kind is PartyKind.SOLE_TRADER:
        for words in SOLE_TRADER_WORDS:
            if name.lower().startswith(words.lower()):
                return name[len(words) :].strip()
    return name
