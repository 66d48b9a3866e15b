"""Reading printed documents back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from app.billing.documents.files import NOTHING_ENCLOSED, Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.documents.renderer import render_document


def reader(document: PrintedDocument, enclosures: Enclosures = NOTHING_ENCLOSED) -> PdfReader:
    """The document as a PDF that is open for reading."""
    whole = _plain(document) if enclosures is NOTHING_ENCLOSED else render_document(document, enclosures)
    return PdfReader(io.BytesIO(whole))


@lru_cache(maxsize=64)
def _plain(document: PrintedDocument) -> bytes:
    """Many tests read the same document."""
    return render_document(document)


def one_line(text: str) -> str:
    """Words with one space between them, no-break spaces too."""
    return " ".join(text.split())


def pages_of(pdf: PdfReader) -> list[str]:
    """The text of each page, on one line."""
    return [one_line(page.extract_text()) for page in pdf.pages]


def text_of(document: PrintedDocument) -> str:
    """The text of the whole document, on one line."""
    return " ".join(pages_of(reader(document)))


def fonts_of(pdf: PdfReader) -> Iterator[DictionaryObject]:
    """Every font of every page."""
    for page in pdf.pages:
        resources = cast(DictionaryObject, page["/Resources"])
        for font in cast(DictionaryObject, resources["/Font"]).values():
            yield cast(DictionaryObject, font.get_object())


def font_program(font: DictionaryObject) -> Any:
    """The drawing of the letters that is embedded for a composite font; None when there is none."""
    descendants = cast(Any, font["/DescendantFonts"])
    descriptor = descendants[0].get_object()["/FontDescriptor"]
    return descriptor.get("/FontFile2") or descriptor.get("/FontFile3")


def places_of_text(pdf: PdfReader) -> Iterator[tuple[float, float, float, float]]:
    """Where each piece of text starts, with the width and the height of its page."""
    for page in pdf.pages:
        found: list[tuple[float, float]] = []

        def look(text: str, user: Any, matrix: Any, *_rest: Any, found: Any = found) -> None:
            if text.strip():
                found.append((user[0] * matrix[4] + user[4], user[3] * matrix[5] + user[5]))

        page.extract_text(visitor_text=look)
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        for x, y in found:
            yield x, y, width, height
