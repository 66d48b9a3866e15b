"""What documents and their files are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal

from app.billing.documents.kinds import DocumentKind
from app.billing.documents.parties import Correction
from app.billing.documents.snapshot import PrintedDocument, kind_of

Language = Literal["ru", "en"]
TITLES: Mapping[Language, Mapping[DocumentKind, str]] = MappingProxyType(
    {
        "ru": MappingProxyType(
            {
                DocumentKind.INVOICE: "Счёт",
                DocumentKind.RECEIPT: "Квитанция",
                DocumentKind.ADVANCE_INVOICE: "Счёт-фактура на аванс",
                DocumentKind.VAT_INVOICE: "Счёт-фактура",
                DocumentKind.ACT: "Акт",
                DocumentKind.TRANSFER: "УПД",
                DocumentKind.VAT_ADJUSTMENT: "Корректировочный счёт-фактура",
                DocumentKind.TRANSFER_ADJUSTMENT: "УКД",
                DocumentKind.RECONCILIATION: "Акт сверки",
            }
        ),
        "en": MappingProxyType(
            {
                DocumentKind.INVOICE: "Invoice",
                DocumentKind.RECEIPT: "Receipt",
                DocumentKind.ADVANCE_INVOICE: "VAT invoice for a prepayment",
                DocumentKind.VAT_INVOICE: "VAT invoice",
                DocumentKind.ACT: "Act",
                DocumentKind.TRANSFER: "Transfer document",
                DocumentKind.VAT_ADJUSTMENT: "VAT adjustment",
                DocumentKind.TRANSFER_ADJUSTMENT: "Adjustment document",
                DocumentKind.RECONCILIATION: "Reconciliation act",
            }
        ),
    }
)
LONGEST_STEM = 120
"""Characters; a Russian letter is two bytes, and file systems take 255."""
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\\/:*?"<>|]+')


def pdf_name(document: PrintedDocument) -> str:
    """What the PDF is called when it is downloaded: «УПД № 2026-000042 от 31.03.2026.pdf».

    Characters that a file system may refuse are replaced.
    """
    title = TITLES[document.language][kind_of(document)]
    stem = f"{title} {numbered(document.number, document.issued_on, document.language)}"
    correction: Correction | None = getattr(document, "correction", None)
    if correction is not None:
        stem += f" {_CORRECTED[document.language]} {correction.number}"
    return f"{file_stem(stem)}.pdf"


_CORRECTED: Mapping[Language, str] = MappingProxyType({"ru": "исправление", "en": "correction"})


def numbered(number: str, issued_on: date, language: Language) -> str:
    """The number with its day, as the language writes it."""
    if language == "ru":
        return f"№ {number} от {issued_on:%d.%m.%Y}"
    return f"No. {number} of {issued_on:%Y-%m-%d}"


def file_stem(text: str) -> str:
    """The text as the name of a file without its ending: on one line, short, harmless on every system."""
    return _NOT_IN_NAMES.sub("_", text).strip(". ")[:LONGEST_STEM].rstrip(". ") or "_"
