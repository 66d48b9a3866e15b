"""The history of one payment in words: what became of the invoice, of attempts to charge it, of refunds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState
from app.billing.refunds import RefundStatus
from app.models import StatusChange
from app.portal.presentation import moment

INVOICE: dict[str, tuple[Any, str]] = {
    InvoiceStatus.OPEN: (_l("The invoice was issued"), "info"),
    InvoiceStatus.PAID: (_l("The invoice is paid"), "success"),
    InvoiceStatus.VOID: (_l("The invoice need not be paid any more"), "muted"),
}
ATTEMPT: dict[str, tuple[Any, str]] = {
    AttemptState.STARTED: (_l("A payment was begun"), "info"),
    AttemptState.UNKNOWN: (_l("We are asking how the payment ended"), "warning"),
    AttemptState.AWAITING_CUSTOMER: (_l("The payment page waits for you"), "info"),
    AttemptState.SUCCEEDED: (_l("The payment went through"), "success"),
    AttemptState.FAILED: (_l("The payment did not go through"), "danger"),
    AttemptState.ABANDONED: (_l("The payment was not finished"), "muted"),
}
REFUND: dict[str, tuple[Any, str]] = {
    RefundStatus.REQUESTED: (_l("A refund was asked for"), "info"),
    RefundStatus.APPROVED: (_l("The refund is approved"), "success"),
    RefundStatus.SENDING: (_l("The refund is being sent"), "info"),
    RefundStatus.REJECTED: (_l("The refund was declined"), "muted"),
    RefundStatus.SENT: (_l("The refund was sent"), "success"),
    RefundStatus.FAILED: (_l("The refund is delayed: we are looking into it"), "warning"),
}
KINDS = {
    "invoice": (INVOICE, "file-invoice"),
    "payment_attempt": (ATTEMPT, "credit-card"),
    "refund": (REFUND, "receipt-refund"),
}
"""The words and the icon of each kind of object; kinds are table names, as the history stores them."""


def payment_events(changes: Sequence[StatusChange]) -> list[dict[str, Any]]:
    """The changes as the timeline shows them, newest first. Why and by whom is told to staff only."""
    return [_event(change) for change in reversed(changes)]


def _event(change: StatusChange) -> dict[str, Any]:
    words, icon = KINDS[change.object_kind]
    title, tone = words[change.new_status]
    return {
        "title": title,
        "tone": tone,
        "icon": icon,
        "time": moment(change.at),
        "datetime": change.at.isoformat(),
    }
