"""Objects in the shapes of Stripe: the fields that matter, with the names that Stripe gives them."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]


def customer(identity: str, created: int, metadata: Body) -> Body:
    return _object("customer", identity, created, metadata=metadata, email=None, name=None)


def payment_method(identity: str, created: int, number: str, owner: str | None) -> Body:
    card = {
        "brand": "mastercard" if number.startswith("5") else "visa",
        "exp_month": 8,
        "exp_year": 2030,
        "fingerprint": f"print{number}",
        "funding": "credit",
        "last4": number[-4:],
    }
    return _object("payment_method", identity, created, type="card", card=card, customer=owner, metadata={})


def payment_intent(identity: str, created: int, **fields: Any) -> Body:
    base: Body = {
        "amount_received": 0,
        "canceled_at": None,
        "client_secret": f"{identity}_secret",
        "last_payment_error": None,
        "latest_charge": None,
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "setup_future_usage": None,
        "status": "requires_payment_method",
        "metadata": {},
    }
    return _object("payment_intent", identity, created, **(base | fields))


def charge(identity: str, created: int, intent: Body, risk: str, *, paid: bool) -> Body:
    return _object(
        "charge",
        identity,
        created,
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        currency=intent["currency"],
        customer=intent["customer"],
        metadata=dict(intent["metadata"]),
        outcome={
            "type": "authorized" if paid else "issuer_declined",
            "advice_code": None,
            "risk_level": risk,
        },
        paid=paid,
        payment_intent=intent["id"],
        payment_method=intent["payment_method"],
        status="succeeded" if paid else "failed",
    )


def session(identity: str, created: int, **fields: Any) -> Body:
    base: Body = {
        "amount_total": None,
        "currency": None,
        "payment_intent": None,
        "payment_status": "unpaid",
        "setup_intent": None,
        "status": "open",
        "url": f"https://checkout.stripe.com/c/pay/{identity}",
    }
    return _object("checkout.session", identity, created, **(base | fields))


def setup_intent(identity: str, created: int, **fields: Any) -> Body:
    base: Body = {"last_setup_error": None, "payment_method": None, "status": "requires_payment_method"}
    return _object("setup_intent", identity, created, **(base | fields))


def refund(identity: str, created: int, **fields: Any) -> Body:
    body = _object("refund", identity, created, **({"status": "succeeded", "reason": None} | fields))
    del body["livemode"]  # refunds have none
    return body


def dispute(identity: str, created: int, **fields: Any) -> Body:
    base: Body = {"reason": "fraudulent", "status": "needs_response", "metadata": {}}
    due = {"due_by": created + 7 * 24 * 3600, "has_evidence": False, "past_due": False, "submission_count": 0}
    return _object("dispute", identity, created, **(base | {"evidence_details": due} | fields))


def product(identity: str, created: int, **fields: Any) -> Body:
    return _object("product", identity, created, **({"metadata": {}} | fields))


def price(identity: str, created: int, **fields: Any) -> Body:
    return _object("price", identity, created, **({"active": True, "type": "recurring"} | fields))


def event(identity: str, created: int, kind: str, body: Body) -> Body:
    return _object(
        "event",
        identity,
        created,
        api_version=None,
        type=kind,
        data={"object": body},
        pending_webhooks=0,
        request={"id": None, "idempotency_key": None},
    )


def _object(kind: str, identity: str, created: int, **fields: Any) -> Body:
    return {"id": identity, "object": kind, "created": created, "livemode": False, **fields}
