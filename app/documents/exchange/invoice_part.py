"""СвСчФакт: lines 1 to 8 of a счёт-фактура."""

from __future__ import annotations

from typing import Any

from app.billing.documents.parties import DocumentReference
from app.billing.documents.tax_document import TaxDocument
from app.documents.exchange.elements import day, element, write_notes, write_reference
from app.documents.exchange.parties import write_party
from app.documents.exchange.texts import Notes, clean, length, requisite

CURRENCIES = {
    "RUB": ("643", "Российский рубль"),
    "USD": ("840", "Доллар США"),
    "EUR": ("978", "Евро"),
}
"""Code and name by the ОКВ."""

PAYMENT_NUMBER_LIMIT = 30
ON_AN_ADVANCE = "2"
"""СпОбстФСЧФ of an advance (an inference: docs/decisions/0024)."""


def write_invoice_part(parent: Any, document: TaxDocument, advance_field: str, notes: Notes) -> Any:
    """Numbers, parties, payments, shipments and currency, in the order that the format wants."""
    facts = element(
        parent,
        "СвСчФакт",
        НомерДок=requisite(document.number, "СвСчФакт/@НомерДок", limit=1000),
        ДатаДок=day(document.issued_on),
    )
    if document.correction is not None:
        correction = document.correction
        number = requisite(str(correction.number), "ИспрДок/@НомИспр", limit=3)
        element(facts, "ИспрДок", НомИспр=number, ДатаИспр=day(correction.issued_on))
    write_party(facts, "СвПрод", document.seller, notes)
    _write_payments(facts, document, notes)
    for shipment in document.shipments:
        write_reference(facts, "ДокПодтвОтгрНом", shipment, notes)
    write_party(facts, "СвПокуп", document.buyer, notes)
    code, name = CURRENCIES[document.total.currency]
    element(facts, "ДенИзм", КодОКВ=code, НаимОКВ=name)
    if document.form == "advance_invoice":
        element(facts, "ДопСвФХЖ1", СпОбстФСЧФ=ON_AN_ADVANCE)
    _tell_the_rest(document, advance_field, notes)
    return facts


def write_document_notes(facts: Any, notes: Notes) -> None:
    """The notes, once everything is written: their place is the end of СвСчФакт."""
    if notes.entries:
        write_notes(element(facts, "ИнфПолФХЖ1"), "ТекстИнф", notes)


def _write_payments(parent: Any, document: TaxDocument, notes: Notes) -> None:
    """Line 5. A number that is too long, as references of card payments may be, is a note: never cut."""
    for payment in document.payments:
        number = clean(payment.number)
        fits = 0 < length(number) <= PAYMENT_NUMBER_LIMIT
        if number and not fits:
            notes.add("Номер платежно-расчетного документа", f"{number} от {day(payment.issued_on)}")
        element(parent, "СвПРД", НомерПРД=number if fits else None, ДатаПРД=day(payment.issued_on))


def _tell_the_rest(document: TaxDocument, advance_field: str, notes: Notes) -> None:
    """Line 5б, and what is printed but has no element."""
    for advance in document.advances:
        notes.add(advance_field, advance_text(advance))
    if clean(document.vat_exemption or ""):
        notes.add("Основание освобождения от НДС", document.vat_exemption or "")
    if document.form in ("vat_invoice", "advance_invoice"):  # the others have ОснПер
        basis = document.basis
        notes.add("Основание", f"{basis.title} № {basis.number} от {day(basis.issued_on)}")
    for signatory in document.signatories[1:]:
        notes.add(
            "Подпись в печатной форме", f"{signatory.position} {signatory.name} {signatory.authority or ''}"
        )


def advance_text(advance: DocumentReference) -> str:
    """One счёт-фактура of an advance as line 5б has it."""
    text = f"№ {advance.number} от {day(advance.issued_on)}"
    correction = advance.correction
    if correction is None:
        return text
    return f"{text}, исправление № {correction.number} от {day(correction.issued_on)}"
