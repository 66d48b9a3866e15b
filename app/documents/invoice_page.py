"""The счёт as an HTML page; every text of the document is escaped."""

import base64
from functools import partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.billing.documents.invoice import InvoiceDocument, PrintedLine
from app.billing.money import Money, total
from app.documents.assets import TEMPLATES
from app.documents.payment_qr import is_payable_by_qr, payment_qr_png
from app.formatting.characters import printable_text
from app.formatting.dates import format_date, format_long_date, format_period
from app.formatting.money import format_amount, format_count, format_money, format_rate
from app.formatting.words import amount_in_words

_TEMPLATES = {"ru": "invoice_ru.html", "en": "invoice_en.html"}


def _printed(value: object) -> object:
    """Called by Jinja on every value before it is escaped; a macro's output has been through it already."""
    return printable_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    finalize=_printed,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def invoice_html(document: InvoiceDocument) -> str:
    """The page in the document's language, without its style sheet.

    Raises InvalidInput when the requisites don't fit the payment QR code that the page must show.
    """
    template = _environment.get_template(_TEMPLATES[document.language])
    return template.render(_context(document))


def vat_by_rate(lines: tuple[PrintedLine, ...]) -> list[tuple[int, Money]]:
    """The VAT contained in the lines for each rate (basis points), the highest first; no VAT is left out."""
    rates = sorted({line.vat_rate for line in lines if line.vat_rate is not None}, reverse=True)
    currency = lines[0].vat.currency
    return [(rate, total((line.vat for line in lines if line.vat_rate == rate), currency)) for rate in rates]


def _context(document: InvoiceDocument) -> dict[str, Any]:
    locale = document.language
    return {
        "document": document,
        "vat_by_rate": vat_by_rate(document.lines),
        "has_line_without_vat": any(line.vat_rate is None for line in document.lines),
        "payment_qr": _png_url(payment_qr_png(document)) if is_payable_by_qr(document) else None,
        "words": amount_in_words(document.total, locale),
        "amount": partial(format_amount, locale=locale),
        "money": partial(format_money, locale=locale),
        "count": partial(format_count, locale=locale),
        "rate": partial(format_rate, locale=locale),
        "day": partial(format_date, locale=locale),
        "long_day": partial(format_long_date, locale=locale),
        "period": partial(format_period, locale=locale),
    }


def _png_url(image: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(image).decode("ascii")
