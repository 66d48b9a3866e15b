"""PDF from documents. A pure function of the document: equal documents give equal bytes."""

from functools import lru_cache
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from app.billing.documents.invoice import InvoiceDocument
from app.billing.documents.snapshot import PrintedDocument, to_snapshot
from app.billing.rendering import RenderingFailed
from app.documents.assets import FONTS, TEMPLATES, AssetFetcher
from app.documents.invoice_page import invoice_html

MAX_LINES = 500
MAX_CHARACTERS = 100_000
"""All texts of one document together; what is larger is an attack or a defect, and takes long."""


def render_document(document: PrintedDocument) -> bytes:
    """The PDF of a document of any kind."""
    if not isinstance(document, InvoiceDocument):
        raise RenderingFailed("KIND_NOT_PRINTED", retry=False)
    return render_invoice(document)


def render_invoice(document: InvoiceDocument) -> bytes:
    """The счёт as PDF with its fonts, language and title inside.

    Raises RenderingFailed with DOCUMENT_TOO_LARGE beyond MAX_LINES or MAX_CHARACTERS, InvalidInput
    when the requisites don't fit the payment QR code.
    """
    _refuse_too_large(document)
    fetcher = AssetFetcher(FONTS)
    fonts, style = _style()
    page = HTML(string=invoice_html(document), url_fetcher=fetcher)
    pdf: bytes = page.write_pdf(stylesheets=[style], font_config=fonts)
    return pdf


@lru_cache(maxsize=1)
def _style() -> tuple[FontConfiguration, CSS]:
    """The style sheet and its fonts, read once in a process."""
    fonts = FontConfiguration()
    text = (TEMPLATES / "document.css").read_text(encoding="utf-8")
    # Addresses in the style sheet are relative to the fonts: nothing else may be loaded.
    base = FONTS.resolve().as_uri() + "/"
    return fonts, CSS(string=text, base_url=base, font_config=fonts, url_fetcher=AssetFetcher(FONTS))


def _refuse_too_large(document: InvoiceDocument) -> None:
    if len(document.lines) > MAX_LINES or _characters(to_snapshot(document)) > MAX_CHARACTERS:
        raise RenderingFailed("DOCUMENT_TOO_LARGE", retry=False)


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 0
