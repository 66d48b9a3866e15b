"""The series that documents are numbered in (J3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from app.billing.documents.kinds import DocumentKind

USUAL_SERIES: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.RECEIPT: "КВ",
        DocumentKind.ADVANCE_INVOICE: "А",
        DocumentKind.VAT_INVOICE: "СФ",
        DocumentKind.ACT: "АКТ",
        DocumentKind.TRANSFER: "УПД",
        DocumentKind.VAT_ADJUSTMENT: "КСФ",
        DocumentKind.TRANSFER_ADJUSTMENT: "УКД",
        DocumentKind.RECONCILIATION: "АС",
    }
)
"""Without a row of the seller's own. Счета have their own series «СЧ», which no other kind may take."""

WITH_INVOICE: Mapping[DocumentKind, DocumentKind] = MappingProxyType(
    {
        DocumentKind.TRANSFER: DocumentKind.VAT_INVOICE,
        DocumentKind.TRANSFER_ADJUSTMENT: DocumentKind.VAT_ADJUSTMENT,
    }
)
"""Status 1 is a счёт-фактура as well, and счета-фактуры of a seller are numbered in one row."""


def series_of(kind: DocumentKind, status: Literal[1, 2] | None, own: Mapping[DocumentKind, str]) -> str:
    """The series of a document; `own` are those that the seller has chosen. KeyError for a счёт."""
    numbered_as = WITH_INVOICE[kind] if status == 1 else kind
    return own.get(numbered_as) or USUAL_SERIES[numbered_as]


def document_number(series: str, year: int, ordinal: int) -> str:
    """The number as it is printed: «СФ-2026-000042»."""
    return f"{series}-{year}-{ordinal:06d}"
