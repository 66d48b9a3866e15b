"""СвПродПер and Подписант: that the service was given, and who signs."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from app.billing.documents.files import ExchangeFileInvalid
from app.billing.documents.parties import Signatory
from app.billing.documents.tax_document import TaxDocument
from app.documents.exchange.elements import day, element, optional_day, write_reference
from app.documents.exchange.person_names import write_person
from app.documents.exchange.texts import Notes, clean

CONTENT = "Услуги оказаны в полном объеме"

BY_SIGNATURE, BY_ELECTRONIC_POWER, BY_PAPER_POWER, BY_SOMETHING_ELSE = "1", "4", "5", "6"
"""СпосПодтПолном: what the signature says; a machine-readable power told of elsewhere; paper; other."""

_REGISTERED_POWER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PAPER_POWER = re.compile(r"доверенност\w*\s+№\s*(\S{1,50})\s+от\s+(\d{2})\.(\d{2})\.(\d{4})", re.IGNORECASE)


def write_transfer(parent: Any, document: TaxDocument, notes: Notes) -> None:
    """[8], [10] to [12]: the basis, the day, the period and who gave the service."""
    transfer = element(
        element(parent, "СвПродПер"),
        "СвПер",
        СодОпер=CONTENT,
        ДатаПер=optional_day(document.transferred_on),
        ДатаНачПер=optional_day(document.service_from),
        ДатаОконПер=optional_day(document.service_to),
    )
    write_reference(transfer, "ОснПер", document.basis, notes)
    if document.signatories:
        giver = document.signatories[0]
        position = notes.fitted(giver.position, 255, "Должность")
        person = element(element(transfer, "СвЛицПер"), "РабОргПрод", Должность=position)
        write_person(person, giver.name, notes, "Передал")


def write_signatory(parent: Any, document: TaxDocument, notes: Notes) -> None:
    """The head signs, alone: one electronic signature makes an electronic счёт-фактура (п. 6 ст. 169 НК)."""
    if not document.signatories:
        raise ExchangeFileInvalid("Подписант: nobody signs")
    signatory = document.signatories[0]
    powers = _powers(signatory)
    written = element(
        parent,
        "Подписант",
        Должн=notes.fitted(signatory.position, 255, "Должность"),
        СпосПодтПолном=powers,
        ДопСведПодп=None if powers == BY_SIGNATURE else _authority(signatory, notes),
    )
    write_person(written, signatory.name, notes, "Подписант")
    paper = _paper_power(signatory)
    if powers == BY_PAPER_POWER and paper is not None:
        number, issued_on = paper
        element(written, "СвДоверБум", ДатаВыдДовер=day(issued_on), ВнНомДовер=number)


def _authority(signatory: Signatory, notes: Notes) -> str:
    return notes.fitted(signatory.authority or "", 255, "Полномочия")


def _powers(signatory: Signatory) -> str:
    authority = clean(signatory.authority or "")
    if not authority:
        return BY_SIGNATURE
    if _REGISTERED_POWER.search(authority):
        return BY_ELECTRONIC_POWER
    return BY_PAPER_POWER if _paper_power(signatory) else BY_SOMETHING_ELSE


def _paper_power(signatory: Signatory) -> tuple[str, date] | None:
    """Number and day of a power of attorney as «по доверенности № 7 от 12.01.2026» tells them."""
    found = _PAPER_POWER.search(clean(signatory.authority or ""))
    if found is None:
        return None
    number, *parts = found.groups()
    try:
        return number, date(*map(int, reversed(parts)))
    except ValueError:  # the thirty-first of February
        return None
