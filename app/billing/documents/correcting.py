"""Исправление: a mistake in the words of an issued document, never in its sums (line 1а, ПП 1137)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.parties import Correction, PartyKind, TaxParty
from app.billing.documents.snapshot import PrintedDocument
from app.billing.documents.tax_document import TaxDocument
from app.billing.errors import Conflict, InvalidInput
from app.billing.requisites import is_inn, is_kpp

Correctable: TypeAlias = TaxDocument | AdjustmentDocument
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_DESCRIPTION = 300, 500, 500
INN_LENGTHS: dict[PartyKind, tuple[Literal[10, 12], ...]] = {
    PartyKind.COMPANY: (10,),
    PartyKind.SOLE_TRADER: (12,),
    PartyKind.INDIVIDUAL: (12,),
    PartyKind.FOREIGN: (10, 12),
}


@dataclass(frozen=True, slots=True)
class CorrectedTexts:
    """The words of a document as they should be: the buyer's details and the lines' descriptions."""

    buyer_name: str
    buyer_address: str | None
    buyer_inn: str | None
    buyer_kpp: str | None
    descriptions: tuple[str, ...]


def texts_of(document: PrintedDocument) -> CorrectedTexts:
    """The words of a document as they stand. Raises Conflict (DOCUMENT_NOT_CORRECTABLE): a счёт, a
    квитанция and an акт сверки are made anew, not corrected.
    """
    document = _correctable(document)
    buyer = document.buyer
    descriptions = tuple(line.description for line in document.lines)
    return CorrectedTexts(buyer.name, buyer.address, buyer.inn, buyer.kpp, descriptions)


def corrected(
    document: PrintedDocument, texts: CorrectedTexts, corrected_on: date, exchange_uuid: str
) -> Correctable:
    """The document with these words and the next исправление; number, date and sums are the same.

    Raises Conflict (DOCUMENT_NOT_CORRECTABLE) as `texts_of` does, InvalidInput: NOTHING_CORRECTED when no
    word differs, TEXT_REQUIRED for an empty or too long name or description, BAD_INN, BAD_KPP.
    """
    if texts_of(document) == texts:
        raise InvalidInput("no word differs", code="NOTHING_CORRECTED")
    document = _correctable(document)
    if len(texts.descriptions) != len(document.lines):
        raise InvalidInput("other lines than the document has", code="TEXT_REQUIRED")
    number = 1 if document.correction is None else document.correction.number + 1
    correction, buyer = Correction(number, corrected_on), _corrected_buyer(document.buyer, texts)
    for description in texts.descriptions:
        _require_text(description, LONGEST_DESCRIPTION)
    if isinstance(document, AdjustmentDocument):
        adjusted = zip(document.lines, texts.descriptions, strict=True)
        return replace(
            document,
            correction=correction,
            buyer=buyer,
            lines=tuple(replace(line, description=words) for line, words in adjusted),
            exchange_uuid=exchange_uuid,
        )
    lines = zip(document.lines, texts.descriptions, strict=True)
    return replace(
        document,
        correction=correction,
        buyer=buyer,
        lines=tuple(replace(line, description=words) for line, words in lines),
        exchange_uuid=exchange_uuid,
    )


def _correctable(document: PrintedDocument) -> Correctable:
    if not isinstance(document, TaxDocument | AdjustmentDocument):
        raise Conflict(type(document).__name__, code="DOCUMENT_NOT_CORRECTABLE")
    return document


def _corrected_buyer(buyer: TaxParty, texts: CorrectedTexts) -> TaxParty:
    _require_text(texts.buyer_name, LONGEST_NAME)
    if len(texts.buyer_address or "") > LONGEST_ADDRESS:
        raise InvalidInput("the address is too long", code="TEXT_REQUIRED")
    inn, kpp = texts.buyer_inn, texts.buyer_kpp
    if not _suits(inn, buyer.kind):
        raise InvalidInput("not an ИНН of such a buyer", code="BAD_INN")
    if kpp is not None and not is_kpp(kpp):
        raise InvalidInput("not a КПП", code="BAD_KPP")
    return replace(buyer, name=texts.buyer_name, address=texts.buyer_address, inn=inn, kpp=kpp)


def _suits(inn: str | None, kind: PartyKind) -> bool:
    """A Russian business always has an ИНН, the others may."""
    if inn is None:
        return kind in (PartyKind.INDIVIDUAL, PartyKind.FOREIGN)
    return any(is_inn(inn, length) for length in INN_LENGTHS[kind])


def _require_text(text: str, longest: int) -> None:
    if not text.strip() or len(text) > longest:
        raise InvalidInput(f"a text of 1 to {longest} characters is needed", code="TEXT_REQUIRED")
