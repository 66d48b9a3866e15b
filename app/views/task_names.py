"""What people are asked to look at."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

TASKS: dict[str, Any] = {
    "document_failed": _("A document could not be made"),
    "outbox_failed": _("A mail or job failed for good"),
    "unallocated_payment": _("Money came in that paid nothing"),
    "amount_mismatch": _("The amount taken differs from the amount asked"),
    "unknown_payment": _("A payment's outcome is unknown for long"),
    "billing_parked": _("A customer's billing is parked"),
    "exchange_rate_differs": _("A file gives another exchange rate for a day that is known"),
    "exchange_rate_missing": _("The Bank of Russia does not answer for a day"),
    "invariant_broken": _("A rule of the data is broken"),
}
FAILED_STEPS: dict[str, Any] = {
    "sweep": _("The sweep could not handle this"),
    "revenue": _("Revenue could not be booked"),
    "price_campaign": _("A notice of a price could not be given"),
}
"""Tasks about a row that a step could not handle; the code of the failure follows after a colon."""


def task_name(kind: str) -> str:
    """What a person is asked to look at; the kind itself when nobody has named it yet."""
    step, colon, failure = kind.partition(":")
    if colon and step in FAILED_STEPS:
        return f"{FAILED_STEPS[step]}: {failure}"
    return str(TASKS.get(kind, kind))
