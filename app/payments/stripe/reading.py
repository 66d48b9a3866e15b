"""Reads Stripe's objects in our own words. Pure: takes dictionaries, asks nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.billing.card_expiry import last_day_of_card
from app.billing.money import MINOR_UNITS_PER_MAJOR, Money
from app.billing.payment import ChargeOutcome, OutcomeKind, SavedMethod
from app.payments.stripe.client import Facts
from app.payments.stripe.declines import may_retry

ATTEMPT = "attempt_id"
FLOW = "flow"
CHARGE_FLOW = "charge"
CHECKOUT_FLOW = "checkout"
BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "MasterCard",
    "mir": "Мир",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
UNDER_WAY = frozenset({"processing", "requires_capture", "requires_confirmation"})
"""States in which money may still move without anybody doing anything."""


def money(minor: int, currency: str) -> Money | None:
    """An amount, or None in a currency that we don't sell in: nobody then believes that it was paid."""
    code = currency.upper()
    return Money(minor, code) if code in MINOR_UNITS_PER_MAJOR else None


def id_of(reference: Any) -> str | None:
    """The id of what a field refers to, be it the id or the whole object."""
    found = reference["id"] if isinstance(reference, dict) else reference
    return None if found is None else str(found)


def saved_method(method: Any) -> SavedMethod | None:
    """A card that Stripe keeps, masked; None for anything but a whole card."""
    if not isinstance(method, dict) or not isinstance(method.get("card"), dict):
        return None
    card = method["card"]
    return SavedMethod(
        token=method["id"],
        brand=BRANDS.get(card["brand"], card["brand"].title()),
        last4=card["last4"],
        fingerprint=card.get("fingerprint") or method["id"],
        valid_until=_valid_until(card),
    )


def _valid_until(card: Facts) -> date | None:
    """The last day of the card; None when Stripe tells no month that there is."""
    try:
        return last_day_of_card(card["exp_year"], card["exp_month"])
    except (KeyError, TypeError, ValueError):
        return None


def intent_outcome(intent: Facts) -> ChargeOutcome:
    """How a PaymentIntent stands. The amount is what was really received.

    One that waits for a card or a confirmation has no page any more when this is asked (an open page speaks
    for itself), so it has failed if we charged it ourselves, and was given up if it was on a page.
    """
    status = intent["status"]
    if status == "succeeded":
        return _succeeded(intent)
    if status in UNDER_WAY:
        return ChargeOutcome(OutcomeKind.UNKNOWN, intent["id"], risk=_risk(intent))
    if (intent.get("metadata") or {}).get(FLOW) == CHECKOUT_FLOW:
        return ChargeOutcome(OutcomeKind.ABANDONED, intent["id"], risk=_risk(intent))
    if status == "canceled" or intent.get("next_action"):
        # We cancel our own charge for one reason: the bank wanted the customer.
        return failed("authentication_required", None, intent["id"], _risk(intent))
    error = intent.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code") or "card_declined"
    return failed(code, error.get("advice_code"), intent["id"], _risk(intent))


def failed(
    code: str, advice: str | None = None, reference: str | None = None, risk: str | None = None
) -> ChargeOutcome:
    """A decline, with the table's word on whether the same card may be tried again."""
    return ChargeOutcome(
        OutcomeKind.FAILED, reference, failure_code=code, retry=may_retry(code, advice), risk=risk
    )


def _succeeded(intent: Facts) -> ChargeOutcome:
    return ChargeOutcome(
        OutcomeKind.SUCCEEDED,
        reference=intent["id"],
        amount=money(intent["amount_received"], intent["currency"]),
        method=saved_method(intent.get("payment_method")),
        risk=_risk(intent),
    )


def _risk(intent: Facts) -> str | None:
    """Radar's word about the latest charge."""
    charge = intent.get("latest_charge")
    outcome = charge.get("outcome") if isinstance(charge, dict) else None
    return outcome.get("risk_level") if isinstance(outcome, dict) else None
