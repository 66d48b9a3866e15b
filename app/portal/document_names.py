"""Documents in words: their kinds and what became of their originals."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.billing.documents.kinds import DocumentKind, OriginalState
from app.models import Document

KINDS: Mapping[DocumentKind, Any] = MappingProxyType(
    {
        DocumentKind.INVOICE: _l("Invoice"),
        DocumentKind.RECEIPT: _l("Receipt"),
        DocumentKind.ADVANCE_INVOICE: _l("VAT invoice for a prepayment"),
        DocumentKind.VAT_INVOICE: _l("VAT invoice"),
        DocumentKind.ACT: _l("Certificate of services"),
        DocumentKind.TRANSFER: _l("Universal transfer document"),
        DocumentKind.VAT_ADJUSTMENT: _l("VAT adjustment invoice"),
        DocumentKind.TRANSFER_ADJUSTMENT: _l("Adjustment document"),
        DocumentKind.RECONCILIATION: _l("Reconciliation statement"),
    }
)
ORIGINALS: Mapping[OriginalState, Any] = MappingProxyType(
    {
        OriginalState.NONE: _l("not sent"),
        OriginalState.SENT_BY_EXCHANGE: _l("sent electronically"),
        OriginalState.SIGNED: _l("signed by both"),
        OriginalState.ON_PAPER: _l("on paper"),
    }
)


def document_name(document: Document) -> str:
    """The kind with the number: «УПД 2026-000042»."""
    name = f"{KINDS[document.kind]} {document.number}"
    if not document.correction:
        return name
    return str(_("%(document)s, correction %(number)s", document=name, number=document.correction))


def original_state(document: Document) -> str:
    """What became of the signed original; nothing for papers that have none."""
    if document.kind in (DocumentKind.INVOICE, DocumentKind.RECEIPT):
        return ""
    return str(ORIGINALS[document.original_state])
