"""Reasons that the product itself writes into histories, in words; people's own stay as they wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.views.invariant_names import invariant_name
from app.views.ledger_names import provider_name

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
    "receipt due": _("a receipt is due"),
    "the register answered": _("the register answered"),
    "asked for": _("asked for"),
    "all is in order": _("all is in order"),
    "not in order": _("not all is in order"),
    "made at the provider": _("made at the provider"),
    "provider: saved": _("card saved"),
    "provider: succeeded": _("charge succeeded"),
    "provider: failed": _("charge failed"),
    "provider: awaiting_customer": _("the customer has to confirm"),
    "provider: abandoned": _("the payment page was left"),
    "provider: not_found": _("the provider knows of no charge"),
    "provider: unknown": _("the provider gave no definite answer"),
    "invoice paid": _("invoice paid"),
    "rendered": _("file made"),
    "its time is over": _("its time is over"),
    "its order lapsed": _("its order lapsed"),
    "not paid by the due date": _("not paid by the due date"),
    "canceled by the customer": _("canceled by the customer"),
    "the subscription was canceled": _("the subscription was canceled"),
    "the cancellation was taken back": _("the cancellation was taken back"),
    "auto-renewal was switched off": _("auto-renewal was switched off"),
    "the period was switched": _("month or year was switched"),
    "the renewal was not paid": _("the renewal was not paid"),
    "the last retry was not paid": _("the last retry was not paid"),
    "access has ended unpaid": _("access has ended unpaid"),
    "the subscription was given up": _("the subscription was given up"),
    "its money was given back": _("its money was given back"),
    "its payment was disputed": _("its payment was disputed"),
    "the provider is asked to send it": _("the provider is asked to send it"),
    "compensation": _("compensation"),
    "resumed": _("resumed"),
    "pay-as-you-go started": _("pay-as-you-go started"),
    "was replaced": _("was replaced"),
    "given": _("given"),
    "drafted": _("drafted"),
    "launched": _("launched"),
    "given up": _("given up"),
}


def _paid(provider: str) -> str:
    return str(gettext("paid: %(provider)s", provider=provider_name(provider)))


def _sent(reference: str) -> str:
    return str(gettext("sent: %(reference)s", reference=provider_name(reference)))


def _billing_failed(code: str) -> str:
    return str(gettext("billing failed: %(code)s", code=code))


def _not_sent(code: str) -> str:
    return str(gettext("not sent: %(code)s", code=code))


PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (re.compile(r"paid: (.+)"), _paid),
    (re.compile(r"sent: (.+)"), _sent),
    (re.compile(r"billing failed: (.+)"), _billing_failed),
    (re.compile(r"not sent: (.+)"), _not_sent),
    (re.compile(r"INV[0-9]+: (.+)"), invariant_name),
)
"""Reasons with something in them that differs from case to case."""


def reason_name(reason: str) -> str:
    """The reason as staff read it."""
    for pattern, worded in PATTERNS:
        found = pattern.fullmatch(reason)
        if found is not None:
            return worded(found[1])
    return str(REASONS.get(reason, reason))
