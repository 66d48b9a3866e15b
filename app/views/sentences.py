"""Refusals of the business as sentences for staff."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.errors import BillingError

SENTENCES: dict[str, Any] = {
    "NOT_FOUND": _("This record does not exist any more."),
    "REASON_REQUIRED": _("Please give a reason of at most 500 characters."),
    "DOCUMENT_NOT_READY": _("The document is not ready yet, so there is nothing to send."),
    "DOCUMENT_FILE_MISSING": _("The file of this document is missing in the store. Tell the developers."),
    "PRICE_NOT_POSITIVE": _("A price must be more than zero."),
    "PRICE_IN_THE_PAST": _("A price can't hold from the past: somebody may have bought at the old one."),
    "PRICE_EXISTS": _("There is a price from this very instant already."),
}


def sentence_of(refusal: BillingError) -> str:
    """What to tell the employee; the code where there is no sentence yet."""
    known = SENTENCES.get(refusal.code)
    return str(known) if known else gettext("Refused: %(code)s", code=refusal.code)
