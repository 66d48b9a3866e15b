"""Who stands on documents, who signs, and which other documents are referred to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a payer on a счёт. Numbers that the party does not have are None."""

    name: str
    address: str | None
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    tax_id: str | None = None
    """The tax or VAT number of a foreign party."""
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class BankDetails:
    """The seller's account that the money goes to."""

    bank_name: str
    account: str
    bic: str
    correspondent_account: str | None
    swift: str | None = None
    bank_address: str | None = None
    intermediary_bank: str | None = None
    """The correspondent bank of a foreign currency, in one line as the payer's bank wants it."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs: a position and a name with initials; the authority if it is not the charter."""

    position: str
    name: str
    authority: str | None = None


class PartyKind(StrEnum):
    """What a party is before Russian tax law."""

    COMPANY = "company"
    SOLE_TRADER = "sole_trader"
    INDIVIDUAL = "individual"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class TaxParty:
    """A seller or a buyer on a primary or tax document."""

    kind: PartyKind
    name: str
    """A company's full name; of a person the surname, first name and patronymic, without «ИП»."""
    country: str
    """ISO 3166, two letters."""
    address: str | None
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    """ОГРН or ОГРНИП."""
    tax_id: str | None = None
    """The tax number of a foreign party."""
    email: str | None = None
    phone: str | None = None
    bank: BankDetails | None = None
    exchange_id: str | None = None
    """The participant's id in electronic document exchange, such as «2BM-…»."""


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """Another document that this one refers to."""

    title: str
    """«Счёт-фактура», «Публичная оферта», «Платёжное поручение»."""
    number: str
    issued_on: date
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """An исправление: line 1а of a счёт-фактура. The first correction of a document has the number 1."""

    number: int
    issued_on: date
