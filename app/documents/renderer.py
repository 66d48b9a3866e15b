"""PDF from documents. A pure function of the document and its enclosures: equal ones give equal bytes."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

from app.billing.documents.files import NOTHING_ENCLOSED, Enclosures
from app.billing.documents.reconciliation import ReconciliationAct
from app.billing.documents.snapshot import PrintedDocument, to_snapshot
from app.billing.rendering import RenderingFailed
from app.documents import colour_profile
from app.documents.assets import FONTS, TEMPLATES, AssetFetcher
from app.documents.pages import FORM, LETTER, Page, page_of

MAX_LINES = 500
MAX_CHARACTERS = 100_000
"""All texts of one document together; what is larger is an attack or a defect, and takes long."""

LINES_ON_ONE_SHEET = 6
"""With more lines a УПД does not fit on one."""

PDF_OPTIONS: dict[str, Any] = {"pdf_variant": "pdf/a-3a"}
"""PDF/A-3 takes attachments of any kind; its level A is the one that is tagged."""

_OPTIONS = PDF_OPTIONS | {"output_intent": colour_profile.NAME}

RELATIONSHIP = "Alternative"
"""What the exchange file is to the page (AFRelationship): the same, told to programs."""


def render_document(document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> bytes:
    """The document as tagged PDF/A with its fonts, language, title and exchange file inside.

    Raises RenderingFailed with DOCUMENT_TOO_LARGE beyond MAX_LINES or MAX_CHARACTERS, InvalidInput
    when the requisites of a счёт don't fit the payment QR code.
    """
    _refuse_too_large(document)
    layout = _layout(document, enclosures)
    pdf: bytes = layout.write_pdf(
        finisher=_name_files_once, **_OPTIONS, attachments=attachments(document, enclosures)
    )
    return pdf


def load() -> None:
    """Read fonts and style sheets, so that the first document is as fast as any other."""
    _styles()


def attachments(document: PrintedDocument, enclosures: Enclosures) -> list[Attachment]:
    """The exchange file, dated by the document: the time of rendering must not show."""
    exchange = enclosures.exchange
    if exchange is None:
        return []
    day = datetime.combine(document.issued_on, time(), UTC)
    # As a string, so that nothing is fetched; the bytes are windows-1251, which only the file itself says.
    return [
        Attachment(
            string=exchange.content, name=exchange.name, created=day, modified=day, relationship=RELATIONSHIP
        )
    ]


def _layout(document: PrintedDocument, enclosures: Enclosures) -> Any:
    """The document on its pages. Counting them costs another look at the last one, so one is tried first."""
    if _lines(document) <= LINES_ON_ONE_SHEET:
        layout = _laid_out(page_of(document, enclosures))
        if len(layout.pages) == 1:
            return layout
    return _laid_out(page_of(document, enclosures, on_one_sheet=False))


def _laid_out(page: Page) -> Any:
    html = HTML(string=page.html, url_fetcher=AssetFetcher(FONTS))
    profiles = {colour_profile.NAME: colour_profile.srgb()}
    styles = [_styles()[page.style]]
    return html.render(stylesheets=styles, font_config=_fonts(), color_profiles=profiles, **_OPTIONS)


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=1)
def _styles() -> dict[str, CSS]:
    """The style sheets, read once in a process."""
    _parsed("fonts.css")  # which puts the fonts into the configuration
    return {name: _parsed(name) for name in (LETTER, FORM)}


def _parsed(name: str) -> CSS:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    # Addresses in style sheets are relative to the fonts: nothing else may be loaded.
    base = FONTS.resolve().as_uri() + "/"
    return CSS(string=text, base_url=base, font_config=_fonts(), url_fetcher=AssetFetcher(FONTS))


def _refuse_too_large(document: PrintedDocument) -> None:
    if _lines(document) > MAX_LINES or _characters(to_snapshot(document)) > MAX_CHARACTERS:
        raise RenderingFailed("DOCUMENT_TOO_LARGE", retry=False)


def _name_files_once(_layout: Any, pdf: Any) -> None:
    """WeasyPrint names each attached file twice."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _lines(document: PrintedDocument) -> int:
    return len(document.rows if isinstance(document, ReconciliationAct) else document.lines)


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 0
