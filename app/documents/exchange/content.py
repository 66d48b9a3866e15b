"""The file of a document as bytes in windows-1251."""

from __future__ import annotations

from typing import Any, Literal

from lxml import etree

from app.billing.documents.parties import TaxParty
from app.billing.documents.tax_document import TaxDocument
from app.documents.exchange.elements import day, element
from app.documents.exchange.file_name import made_on
from app.documents.exchange.invoice_part import write_document_notes, write_invoice_part
from app.documents.exchange.table import write_table
from app.documents.exchange.texts import Notes, clean, pieces
from app.documents.exchange.transfer import write_signatory, write_transfer

Function = Literal["СЧФ", "СЧФДОП", "ДОП"]

PROGRAM = "BPM Centr"
FORMAT_VERSION = "5.03"
KND = "1115131"
FACT = (
    "Документ об отгрузке товаров (выполнении работ), передаче имущественных прав"
    " (документ об оказании услуг)"
)
TITLES = {"transfer": "Универсальный передаточный документ", "act": "Акт об оказании услуг"}
"""НаимДокОпр: what the parties call the document."""
MIDNIGHT = "00.00.00"

DECLARATION = b'<?xml version="1.0" encoding="windows-1251"?>\n'


def function_of(document: TaxDocument) -> Function:
    """What the file stands for. In formalised exchange an акт is a УПД without счёт-фактура."""
    if document.form in ("vat_invoice", "advance_invoice"):
        return "СЧФ"
    return "СЧФДОП" if document.status == 1 else "ДОП"


def written(document: TaxDocument, identity: str, advance_field: str) -> bytes:
    """The whole file. Equal documents give equal bytes."""
    root: Any = etree.Element("Файл", {"ИдФайл": identity, "ВерсФорм": FORMAT_VERSION, "ВерсПрог": PROGRAM})
    _write_document(root, document, advance_field)
    content: Any = etree.tostring(root, encoding="windows-1251", xml_declaration=False)
    return DECLARATION + bytes(content)


def _write_document(root: Any, document: TaxDocument, advance_field: str) -> None:
    function, notes = function_of(document), Notes()
    of_service = function != "СЧФ"
    body = element(
        root,
        "Документ",
        КНД=KND,
        Функция=function,
        ПоФактХЖ=FACT if of_service else None,
        НаимДокОпр=TITLES.get(document.form),
        ДатаИнфПр=day(made_on(document)),
        ВремИнфПр=MIDNIGHT,
        НаимЭконСубСост=_author(document.seller),
    )
    facts = write_invoice_part(body, document, advance_field, notes)
    write_table(body, document, function)
    if of_service:
        write_transfer(body, document, notes)
    write_signatory(body, document, notes)
    write_document_notes(facts, notes)


def _author(seller: TaxParty) -> str:
    """[14]; a name that is too long is cut, since it stands whole among the seller's details."""
    numbers = "/".join(number for number in (seller.inn, seller.kpp) if number)
    numbers = f", ИНН/КПП {numbers}" if seller.kpp else f", ИНН {numbers}"
    return next(pieces(clean(seller.name), 1000 - len(numbers)), "") + numbers
