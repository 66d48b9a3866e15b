"""Reasons that the product itself writes into histories, in words; people's own stay as they wrote them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

REASONS: dict[str, Any] = {
    "registered": _("registered"),
    "address confirmed": _("address confirmed"),
    "created": _("created"),
    "shown to its owner": _("shown to its owner"),
    "trial started": _("trial started"),
    "ordered": _("ordered"),
    "ordered again": _("ordered again"),
    "issued": _("issued"),
    "claimed": _("payment begun"),
    "charge succeeded": _("charge succeeded"),
    "invoice paid": _("invoice paid"),
    "rendered": _("file made"),
    "its time is over": _("its time is over"),
    "its order lapsed": _("its order lapsed"),
    "not paid by the due date": _("not paid by the due date"),
    "canceled by the customer": _("canceled by the customer"),
}


def reason_name(reason: str) -> str:
    """The reason as staff read it."""
    return str(REASONS.get(reason, reason))
