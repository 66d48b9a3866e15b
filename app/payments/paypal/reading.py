"""Reads PayPal's documents into our words. Pure: what is not there or malformed is None, never a guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.billing.money import Money
from app.billing.payment import ChargeOutcome, OutcomeKind, SavedMethod
from app.payments.paypal.amounts import read_amount
from app.payments.paypal.errors import charge_refusal

Document = Mapping[str, Any]

TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
"""Statuses of a capture whose money came in: what went back later is a refund's story."""
REFUSED = frozenset({"DECLINED", "FAILED"})
PAGE_LINKS = ("payer-action", "approve")
SEAL = ":"
"""Stands in an order's custom_id between the attempt's id and why the order is captured no more."""
CLOSED = "closed"
BRAND = "PayPal"


def section(document: Document, *path: str) -> Document:
    """The object at the path; an empty one when there is none."""
    found: Any = document
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def sections(document: Document, name: str) -> Sequence[Document]:
    """The objects in the list of this name."""
    found = document.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def text_of(document: Document, name: str) -> str | None:
    """The text of this name; None when it is absent, empty or no text."""
    found = document.get(name)
    return found if isinstance(found, str) and found else None


def link(document: Document, *relations: str) -> str | None:
    """The address of the first link with one of these relations."""
    for each in sections(document, "links"):
        if each.get("rel") in relations:
            return text_of(each, "href")
    return None


def payments(order: Document, name: str) -> Iterator[Document]:
    """The captures or the refunds of an order."""
    for unit in sections(order, "purchase_units"):
        yield from sections(section(unit, "payments"), name)


def custom_id(order: Document) -> str | None:
    """Our mark on an order."""
    for unit in sections(order, "purchase_units"):
        return text_of(unit, "custom_id")
    return None


def seal_of(order: Document) -> str | None:
    """Why we capture this order no more; None while it may be captured."""
    return (custom_id(order) or "").partition(SEAL)[2] or None


def settled(order: Document) -> ChargeOutcome | None:
    """How an order ended, by its captures first and by our seal then; None while it may still be paid."""
    captures = list(payments(order, "captures"))
    for capture in captures:
        if capture.get("status") in TAKEN:
            return _taken(capture, order)
    if any(capture.get("status") not in REFUSED for capture in captures):
        return ChargeOutcome(OutcomeKind.UNKNOWN, reference=text_of(order, "id"))
    if captures:
        return _refused(captures[-1])
    seal = seal_of(order)
    if seal is not None and seal != CLOSED:
        retry = charge_refusal(seal, 422).retry
        return ChargeOutcome(OutcomeKind.FAILED, text_of(order, "id"), failure_code=seal, retry=retry)
    if seal == CLOSED or order.get("status") == "VOIDED":
        return ChargeOutcome(OutcomeKind.ABANDONED, reference=text_of(order, "id"))
    if order.get("status") == "COMPLETED":
        return ChargeOutcome(OutcomeKind.UNKNOWN, reference=text_of(order, "id"))
    return None


def awaiting(order: Document, page: str | None) -> ChargeOutcome:
    """The order waits for its customer on PayPal's page."""
    return ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, text_of(order, "id"), redirect_url=page)


def _taken(capture: Document, order: Document) -> ChargeOutcome:
    return ChargeOutcome(
        OutcomeKind.SUCCEEDED,
        reference=text_of(capture, "id"),
        amount=amount_of(capture),
        method=_vaulted(order),
    )


def _refused(capture: Document) -> ChargeOutcome:
    reason = text_of(section(capture, "status_details"), "reason")
    code = reason or f"CAPTURE_{capture.get('status')}"
    return ChargeOutcome(OutcomeKind.FAILED, text_of(capture, "id"), failure_code=code, retry=True)


def _vaulted(order: Document) -> SavedMethod | None:
    """The method saved with the payment; PayPal may name its token only later, by a webhook."""
    wallet = section(order, "payment_source", "paypal")
    token = text_of(section(wallet, "attributes", "vault"), "id")
    return None if token is None else saved_method(token, wallet)


def saved_method(token: str, wallet: Document) -> SavedMethod:
    """A saved wallet. An e-mail address is never read: the payer's id at PayPal stands for the account."""
    account = text_of(wallet, "account_id") or text_of(wallet, "payer_id") or token
    return SavedMethod(token=token, brand=BRAND, last4=account[-4:], fingerprint=account)


def amount_of(document: Document) -> Money | None:
    """The amount of a capture, a refund or a dispute."""
    return read_amount(section(document, "amount"))
