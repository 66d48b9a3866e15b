"""Documents as HTML pages: a template for each form, texts escaped; style sheets for letters and for forms.

Letters (счёт, квитанция, акт, акт сверки) exist in both languages. Счёт-фактура, УПД and their adjustments
are forms of Russian law with Russian words, whatever language the parties read.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.files import NOTHING_ENCLOSED, Enclosures
from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.receipt import Receipt
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.documents.snapshot import PrintedDocument, kind_of
from app.billing.documents.tax_document import TaxDocument
from app.documents import facts
from app.documents.assets import TEMPLATES
from app.documents.currencies import currency_text
from app.documents.glyphs import drawable_text
from app.documents.wording import (
    column_rate,
    party_name,
    price_text,
    quotient_text,
    reference,
    short_name,
    tax_numbers,
    titled_reference,
)
from app.formatting.dates import format_date, format_long_date, format_period
from app.formatting.locale import Locale
from app.formatting.money import format_amount, format_count, format_money, format_rate
from app.formatting.words import amount_in_words

LETTER, FORM = "letter.css", "form.css"

FORMS: Mapping[DocumentKind, str] = {
    DocumentKind.ADVANCE_INVOICE: "vat_invoice.html",
    DocumentKind.VAT_INVOICE: "vat_invoice.html",
    DocumentKind.TRANSFER: "transfer.html",
    DocumentKind.VAT_ADJUSTMENT: "vat_adjustment.html",
    DocumentKind.TRANSFER_ADJUSTMENT: "transfer_adjustment.html",
}
"""Forms of Russian law; all other kinds are letters, with a template for each language."""


@dataclass(frozen=True, slots=True)
class Page:
    """A document as HTML, and the style sheet that it is to be printed with."""

    html: str
    style: str


def page_of(
    document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED, *, on_one_sheet: bool = True
) -> Page:
    """The page of a document. A УПД or УКД says on how many sheets it is: on one, or as many as are counted.

    Pictures that the document names are shown if they are enclosed. Raises InvalidInput when the requisites
    of a счёт don't fit the payment QR code that it must show.
    """
    form = FORMS.get(kind_of(document))
    locale: Locale = document.language if form is None else "ru"
    template = _environment(locale).get_template(form or f"{kind_of(document)}_{locale}.html")
    pictures = {
        name: _picture_url(enclosures.pictures.get(getattr(document, name, None) or ""))
        for name in ("stamp", "logo")
    }
    html = template.render(document=document, on_one_sheet=on_one_sheet, **pictures, **_facts(document))
    return Page(html, LETTER if form is None else FORM)


def _facts(document: PrintedDocument) -> dict[str, Any]:
    match document:
        case InvoiceDocument():
            return facts.of_invoice(document)
        case TaxDocument():
            return facts.of_tax_document(document)
        case AdjustmentDocument():
            return facts.of_adjustment(document)
        case Receipt():
            return facts.of_receipt(document)
        case ReconciliationAct():
            return facts.of_reconciliation(document)


@lru_cache
def _environment(locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_printed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(_formats(locale))
    return environment


def _formats(locale: Locale) -> dict[str, Callable[..., str]]:
    """What templates write values with."""
    localized: dict[str, Callable[..., str]] = {
        "words": amount_in_words,
        "amount": format_amount,
        "money": format_money,
        "count": format_count,
        "rate": format_rate,
        "day": format_date,
        "long_day": format_long_date,
        "period": format_period,
        "party_name": party_name,
        "reference": reference,
        "titled_reference": titled_reference,
        "price": price_text,
        "quotient": quotient_text,
    }
    return {name: partial(function, locale=locale) for name, function in localized.items()} | {
        "short_name": short_name,
        "tax_numbers": tax_numbers,
        "column_rate": column_rate,
        "currency_text": currency_text,
        "image_url": image_url,
    }


def _printed(value: object) -> object:
    """Called by Jinja on every value before it is escaped; a macro's output has been through it already."""
    return drawable_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _picture_url(picture: bytes | None) -> str | None:
    return None if picture is None else image_url(picture)


def image_url(image: bytes) -> str:
    """A PNG or JPEG picture as an address that holds it."""
    kind = "png" if image.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(image).decode("ascii")
