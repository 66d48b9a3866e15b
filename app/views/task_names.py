"""What people are asked to look at."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

TASKS: dict[str, Any] = {
    "document_failed": _("A document could not be made"),
    "document_file_changed": _("The stored file of a document is not the one that was made"),
    "document_not_restored": _("A changed file of a document comes out differently today"),
    "outbox_failed": _("A mail or job failed for good"),
    "unallocated_payment": _("Money came in that paid nothing"),
    "amount_mismatch": _("The amount taken differs from the amount asked"),
    "unknown_payment": _("A payment's outcome is unknown for long"),
    "unknown_refund": _("What became of a refund is unknown for long"),
    "refund_amount_mismatch": _("The amount sent back differs from the refund"),
    "refund_by_hand": _("A refund whose provider is not set up has to be sent by hand"),
    "refund_made_at_provider": _("A refund was made at the provider: decide about access"),
    "refund_above_payment": _("More was sent back at the provider than the payment holds"),
    "refund_failed": _("The provider could not send a refund"),
    "refund_returned": _("A refund that was sent came back"),
    "dispute_open": _("A bank disputes a payment: evidence is due"),
    "dispute_won": _("A dispute is won"),
    "dispute_lost": _("A dispute is lost: decide about access and the debt"),
    "unknown_dispute_event": _("A dispute of a payment that we do not know"),
    "unknown_refund_event": _("Money of a payment that we do not know was sent back"),
    "reconciliation_late": _("A provider has not told its events for hours"),
    "billing_parked": _("A customer's billing is parked"),
    "exchange_rate_differs": _("A file gives another exchange rate for a day that is known"),
    "exchange_rate_missing": _("The Bank of Russia does not answer for a day"),
    "bank_lines_waiting": _("Lines of a bank statement wait for a person"),
    "fiscal_receipt_failed": _("The register refused a fiscal receipt"),
    "invariant_broken": _("A rule of the data is broken"),
}
FAILED_STEPS: dict[str, Any] = {
    "sweep": _("The sweep could not handle this"),
    "bank_file": _("A bank statement from the folder was refused"),
    "revenue": _("Revenue could not be booked"),
    "fiscal": _("A fiscal receipt could not be made"),
    "documents": _("A document could not be issued"),
    "price_campaign": _("A notice of a price could not be given"),
}
"""Tasks about a row that a step could not handle; the code of the failure follows after a colon."""


def task_name(kind: str) -> str:
    """What a person is asked to look at; the kind itself when nobody has named it yet."""
    step, colon, failure = kind.partition(":")
    if colon and step in FAILED_STEPS:
        return f"{FAILED_STEPS[step]}: {failure}"
    return str(TASKS.get(kind, kind))
