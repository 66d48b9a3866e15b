"""The documents that are measured, and the plain way of printing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from weasyprint import CSS, HTML

from app.billing.documents.files import Enclosures
from app.billing.documents.receipt import Receipt
from app.billing.documents.tax_document import TaxDocument
from app.billing.ports import ExchangeWriter
from app.cli.samples import letters, tax
from app.cli.samples.stamp import name_of, stamp
from app.documents.assets import FONTS, TEMPLATES
from app.documents.pages import Page, page_of
from app.documents.renderer import PDF_OPTIONS, attachments

PICTURE = stamp()
DAY = date(2026, 11, 30)
KINDS = (tax.transfer, tax.vat_invoice, tax.act, letters.payment_receipt)
"""УПД, счёт-фактура, акт and квитанция in turn: what an ordinary month makes."""


def document(ordinal: int) -> TaxDocument | Receipt:
    """A document of the month, stamped, with a number of its own."""
    sample = KINDS[ordinal % len(KINDS)]()
    changed = replace(sample, number=f"2026-{ordinal:06}", issued_on=DAY, stamp=name_of(PICTURE))
    if isinstance(changed, TaxDocument):
        return replace(changed, exchange_uuid=str(UUID(int=ordinal)))
    return changed


def enclosures(printed: TaxDocument | Receipt, writer: ExchangeWriter) -> Enclosures:
    """The exchange file, where the kind has one, and the stamp."""
    return Enclosures(writer.write(printed), {name_of(PICTURE): PICTURE})


def print_plainly(pages: Sequence[tuple[Page, TaxDocument | Receipt, Enclosures]]) -> None:
    """WeasyPrint as its first steps show it: HTML in, PDF out, everything read anew for each document.

    The same pages, style sheets, fonts, attachments and options of PDF as ours; making the pages costs it
    nothing here.
    """
    base = FONTS.resolve().as_uri() + "/"
    for page, printed, enclosed in pages:
        styles = [
            CSS(string=(TEMPLATES / name).read_text(encoding="utf-8"), base_url=base)
            for name in ("fonts.css", page.style)
        ]
        HTML(string=page.html, base_url=base).write_pdf(
            stylesheets=styles, attachments=attachments(printed, enclosed), **PDF_OPTIONS
        )


def prepared(
    ordinals: Sequence[int], writer: ExchangeWriter
) -> list[tuple[Page, TaxDocument | Receipt, Enclosures]]:
    """Documents with their pages, ready to be printed plainly."""
    made = []
    for ordinal in ordinals:
        printed = document(ordinal)
        enclosed = enclosures(printed, writer)
        made.append((page_of(printed, enclosed), printed, enclosed))
    return made
