"""The seller and the buyer (УчастникТип)."""

from __future__ import annotations

import re
from typing import Any

from app.billing.documents.parties import BankDetails, PartyKind, TaxParty
from app.documents.exchange.countries import country_name, country_number
from app.documents.exchange.elements import element
from app.documents.exchange.person_names import write_person
from app.documents.exchange.texts import Notes, clean, optional_requisite, requisite

COMPANY_INN = re.compile(r"(?!00)[0-9]{10}")
PERSON_INN = re.compile(r"(?!00)[0-9]{12}")
KPP = re.compile(r"(?!00)[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
OGRNIP = re.compile(r"[0-9]{15}")
BIC = re.compile(r"[0-9]{9}")

_ROLES = {"СвПрод": "Продавец", "СвПокуп": "Покупатель"}


def write_party(parent: Any, tag: str, party: TaxParty, notes: Notes) -> None:
    """The party with everything that is known of it; raises ExchangeFileInvalid for a bad requisite."""
    role = _ROLES[tag]
    participant = element(parent, tag)
    _write_identity(element(participant, "ИдСв"), party, notes, role)
    if clean(party.address or ""):
        _write_address(element(participant, "Адрес"), party, notes, role)
    if party.bank is not None:
        _write_bank(participant, party.bank, notes, role)
    _write_contact(participant, party, notes, role)


def _write_identity(parent: Any, party: TaxParty, notes: Notes, role: str) -> None:
    match party.kind:
        case PartyKind.COMPANY:
            _write_company(parent, party, notes, role)
        case PartyKind.SOLE_TRADER:
            trader = element(
                parent,
                "СвИП",
                ИННФЛ=requisite(party.inn, f"{role}/@ИННФЛ", limit=12, shape=PERSON_INN),
                ОГРНИП=optional_requisite(party.ogrn, f"{role}/@ОГРНИП", limit=15, shape=OGRNIP),
            )
            write_person(trader, party.name, notes, role)
        case PartyKind.INDIVIDUAL:
            inn = optional_requisite(party.inn, f"{role}/@ИННФЛ", limit=12, shape=PERSON_INN)
            write_person(element(parent, "СвФЛУч", ИННФЛ=inn), party.name, notes, role)
        case PartyKind.FOREIGN:
            _write_foreign(parent, party, notes, role)


def _write_company(parent: Any, party: TaxParty, notes: Notes, role: str) -> None:
    element(
        parent,
        "СвЮЛУч",
        НаимОрг=notes.fitted(party.name, 1000, f"{role}, наименование"),
        ИННЮЛ=requisite(party.inn, f"{role}/@ИННЮЛ", limit=10, shape=COMPANY_INN),
        КПП=optional_requisite(party.kpp, f"{role}/@КПП", limit=9, shape=KPP),
    )


def _write_foreign(parent: Any, party: TaxParty, notes: Notes, role: str) -> None:
    """An organisation: a document doesn't tell foreign persons apart, and they take no part in exchange."""
    number = optional_requisite(party.tax_id or party.inn, f"{role}/@Идентиф", limit=255)
    otherwise = None if number else party.email or party.address or party.name
    element(
        parent,
        "СвИнНеУч",
        ИдСтат="ИО",
        КодСтр=country_number(party.country, f"{role}/@КодСтр"),
        НаимСтран=country_name(party.country),
        Наим=notes.fitted(party.name, 1000, f"{role}, наименование"),
        Идентиф=number,
        ИныеСвед=otherwise and notes.fitted(otherwise, 255, f"{role}, иные сведения"),
    )


def _write_address(parent: Any, party: TaxParty, notes: Notes, role: str) -> None:
    """АдрИнф: the address in one text, as the registry or the customer gives it."""
    element(
        parent,
        "АдрИнф",
        КодСтр=country_number(party.country, f"{role}/@КодСтр"),
        НаимСтран=country_name(party.country),
        АдрТекст=notes.fitted(party.address or "", 1000, f"{role}, адрес"),
    )


def _write_bank(parent: Any, bank: BankDetails, notes: Notes, role: str) -> None:
    """What there is of them: no счёт-фактура needs an account, so a blank one is left out."""
    account = optional_requisite(bank.account, f"{role}/@НомерСчета", limit=34)
    if account is None:
        return
    element(
        element(parent, "БанкРекв", НомерСчета=account),
        "СвБанк",
        НаимБанк=notes.fitted(bank.bank_name, 1000, f"{role}, банк") if clean(bank.bank_name) else None,
        БИК=optional_requisite(bank.bic, f"{role}/@БИК", limit=9, shape=BIC),
        КорСчет=optional_requisite(bank.correspondent_account, f"{role}/@КорСчет", limit=34),
    )


def _write_contact(parent: Any, party: TaxParty, notes: Notes, role: str) -> None:
    found = {"Тлф": clean(party.phone or ""), "ЭлПочта": clean(party.email or "")}
    if any(found.values()):
        contact = element(parent, "Контакт")
        for tag, text in found.items():
            if text:
                element(contact, tag).text = notes.fitted(text, 255, f"{role}, {tag}")
