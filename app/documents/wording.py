"""How parties, references and rates are written on documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.billing.documents.parties import DocumentReference, PartyKind, TaxParty
from app.billing.money import Money, round_half_up
from app.formatting.dates import format_date
from app.formatting.locale import Locale
from app.formatting.money import format_amount, format_rate

DASH = "—"
"""What a form shows where there is nothing to tell."""

NO_VAT = "без НДС"
_WHOLE = 10_000
_ABBREVIATIONS = {
    "общество с ограниченной ответственностью": "ООО",
    "публичное акционерное общество": "ПАО",
    "непубличное акционерное общество": "АО",
    "акционерное общество": "АО",
    "индивидуальный предприниматель": "ИП",
}
_CORRECTION = {"ru": "исправление", "en": "correction"}
_SOLE_TRADER = {"ru": "Индивидуальный предприниматель", "en": "Sole trader"}


def party_name(party: TaxParty, locale: Locale) -> str:
    """The name as line 2 or 6 wants it: a sole trader's with these words before it."""
    if party.kind is PartyKind.SOLE_TRADER:
        return f"{_SOLE_TRADER[locale]} {party.name}"
    return party.name


def short_name(party: TaxParty) -> str:
    """The Russian name with its legal form abbreviated, which needs no declension: «ООО «Ромашка»»."""
    name = party_name(party, "ru")
    for words, abbreviation in _ABBREVIATIONS.items():
        if name.lower().startswith(words + " "):
            return abbreviation + name[len(words) :]
    return name


def tax_numbers(party: TaxParty) -> str:
    """Line 2б or 6б: «ИНН/КПП»; the tax number of a foreign party, a dash when there is none."""
    numbers = [number for number in (party.inn, party.kpp) if number]
    return "/".join(numbers) or party.tax_id or DASH


def reference(document: DocumentReference, locale: Locale) -> str:
    """Number and day of a document, and of its correction: «№ 5 от 01.02.2026, исправление № 1 от …»."""
    text = _numbered(document.number, document.issued_on, locale)
    correction = document.correction
    if correction is None:
        return text
    return f"{text}, {_CORRECTION[locale]} {_numbered(str(correction.number), correction.issued_on, locale)}"


def titled_reference(document: DocumentReference, locale: Locale) -> str:
    """The same with the document's title before it."""
    return f"{document.title} {reference(document, locale)}"


def _numbered(number: str, issued_on: date, locale: Locale) -> str:
    day = format_date(issued_on, locale)
    return f"№\u00a0{number} от {day}" if locale == "ru" else f"No.\u00a0{number} of {day}"


def calculated_rate(basis_points: int) -> str:
    """The rate of an advance (п. 4 ст. 164 НК): 2200 is «22/122»."""
    return f"{_percent(basis_points)}/{_percent(basis_points + _WHOLE)}"


def _percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole},{rest:02}".rstrip("0") if rest else str(whole)


def column_rate(basis_points: int | None, *, calculated: bool = False) -> str:
    """Column 7: «22 %», of an advance «22/122», «без НДС»."""
    if basis_points is None:
        return NO_VAT
    return calculated_rate(basis_points) if calculated else format_rate(basis_points, "ru")


def price_text(price: Decimal | Fraction, locale: Locale) -> str:
    """Column 4: rounded to kopecks, as money columns of the form are (п. 3 of its rules)."""
    return format_amount(Money(round_half_up(Fraction(price) * 100), "RUB"), locale)


def quotient_text(net: Money, quantity: int, locale: Locale) -> str:
    """The same from a sum and how many it is for."""
    return price_text(Fraction(net.minor, 100 * quantity), locale)
