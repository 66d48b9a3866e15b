"""Elements of the file; lxml escapes every value, so no text can become markup."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from app.billing.documents.files import ExchangeFileInvalid
from app.billing.documents.parties import DocumentReference
from app.billing.money import Money
from app.documents.exchange.texts import NOTE_LIMIT, Notes, pieces, requisite


def element(parent: Any, tag: str, **attributes: str | None) -> Any:
    """A new last child; attributes without a value are left out."""
    given = {name: value for name, value in attributes.items() if value is not None}
    return etree.SubElement(parent, tag, given)


def day(value: date) -> str:
    """ДД.ММ.ГГГГ; raises ExchangeFileInvalid for a year that the format has no place for."""
    if not 1900 <= value.year <= 2099:
        raise ExchangeFileInvalid("ДатаТип: a year before 1900 or after 2099")
    return value.strftime("%d.%m.%Y")


def optional_day(value: date | None) -> str | None:
    """ДД.ММ.ГГГГ or nothing."""
    return None if value is None else day(value)


def amount(value: Money) -> str:
    """Whole units with two decimals and a point."""
    return f"{value.decimal:.2f}"


def price(value: Decimal) -> str:
    """Two to eleven decimals, no zeros at the end beyond the second."""
    whole, _, decimals = f"{value:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def write_reference(parent: Any, tag: str, reference: DocumentReference, notes: Notes) -> None:
    """Another document (РеквДокТип): title, number and day."""
    correction = reference.correction
    element(
        parent,
        tag,
        РеквНаимДок=notes.fitted(reference.title, 255, f"{tag}, наименование"),
        РеквНомерДок=requisite(reference.number, f"{tag}/@РеквНомерДок", limit=255),
        РеквДатаДок=day(reference.issued_on),
        РеквДопСведДок=None
        if correction is None
        else f"Исправление № {correction.number} от {day(correction.issued_on)}",
    )


def write_notes(parent: Any, tag: str, notes: Notes) -> None:
    """Each note as one element of ТекстИнфТип, or as many as its length takes."""
    for name, text in notes.entries:
        for piece in pieces(text, NOTE_LIMIT):
            element(parent, tag, Идентиф=name, Значен=piece)
