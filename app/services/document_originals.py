"""What became of the signed originals; finance keeps it by hand (J5)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.documents.kinds import DocumentKind, OriginalState
from app.billing.errors import Conflict
from app.services.sign_off import require_staff, stated_reason
from app.services.unit_of_work import Transactions

WITHOUT_ORIGINAL = frozenset({DocumentKind.INVOICE, DocumentKind.RECEIPT})
"""Papers that nobody signs."""


def set_original_state(
    transactions: Transactions,
    *,
    actor: Actor,
    document_id: int,
    state: OriginalState,
    reason: str,
    now: datetime,
) -> None:
    """Write down what became of the original, with the reason in the audit; the same state changes nothing.

    Raises Conflict (DOCUMENT_WITHOUT_ORIGINAL), InvalidInput (REASON_REQUIRED), NotPermitted.
    """
    require_staff(actor)
    reason = stated_reason(reason)
    with transactions.begin(actor) as work:
        document = work.documents.get(document_id, lock=True)
        if document.kind in WITHOUT_ORIGINAL:
            raise Conflict(f"document {document_id}", code="DOCUMENT_WITHOUT_ORIGINAL")
        if document.original_state is state:
            return
        changes = {"original_state": [document.original_state.value, state.value]}
        document.original_state = state
        work.audit(
            "document.original_state",
            "document",
            document_id,
            customer_id=document.customer_id,
            reason=reason,
            now=now,
            details=changes,
        )
