"""The endpoints of Stripe that the product calls, on the double's books."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.payments.stripe.double import shapes
from tests.payments.stripe.double.books import SEARCH_LAG, Books, Refused, new_id
from tests.payments.stripe.double.shapes import Body

Params = dict[str, Any]
Endpoint = Callable[[Books, str, Params], Body]

KINDS = {
    "payment_intents": "payment_intent",
    "payment_methods": "payment_method",
    "checkout/sessions": "checkout.session",
    "setup_intents": "setup_intent",
    "disputes": "dispute",
    "products": "product",
    "refunds": "refund",
    "events": "event",
    "prices": "price",
    "customers": "customer",
}
FILTERS = ("customer", "payment_intent", "charge")


def create_customer(books: Books, _: str, params: Params) -> Body:
    return books.add(shapes.customer(new_id("cus"), books.seconds, params.get("metadata", {})))


def create_intent(books: Books, _: str, params: Params) -> Body:
    _refuse_old_parameters(params)
    method = books.get(params["payment_method"], "payment_method")
    if int(params["amount"]) < 50:
        raise Refused(400, code="amount_too_small", param="amount")
    if method["customer"] != params["customer"]:
        raise Refused(400, code="payment_method_unexpected_state", param="payment_method")
    intent = shapes.payment_intent(
        new_id("pi"),
        books.seconds,
        amount=int(params["amount"]),
        currency=params["currency"],
        customer=params["customer"],
        description=params["description"],
        metadata=params["metadata"],
    )
    books.attempt_card(books.add(intent), method["id"], confirmed=False)
    return intent


def cancel_intent(books: Books, identity: str, _: Params) -> Body:
    intent = books.get(identity, "payment_intent")
    if intent["status"] in {"succeeded", "processing", "canceled"}:
        raise Refused(400, code="payment_intent_unexpected_state")
    intent |= {"status": "canceled", "canceled_at": books.seconds}
    books.announce("payment_intent.canceled", intent)
    return intent


def create_session(books: Books, _: str, params: Params) -> Body:
    _refuse_old_parameters(params)
    term = int(params["expires_at"]) - books.seconds
    if not timedelta(minutes=30).total_seconds() <= term <= timedelta(hours=24).total_seconds():
        raise Refused(400, param="expires_at")
    if not params["success_url"].startswith("http"):
        raise Refused(400, code="url_invalid", param="success_url")
    session = shapes.session(
        new_id("cs_test"),
        books.seconds,
        mode=params["mode"],
        customer=params["customer"],
        client_reference_id=params["client_reference_id"],
        metadata=params["metadata"],
        expires_at=int(params["expires_at"]),
        locale=params["locale"],
        success_url=params["success_url"],
        cancel_url=params["cancel_url"],
        payment_method_options=params["payment_method_options"],
    )
    if params["mode"] == "setup":
        setup = shapes.setup_intent(
            new_id("seti"), books.seconds, customer=params["customer"], metadata=params["metadata"]
        )
        session["setup_intent"] = books.add(setup)["id"]
        return books.add(session)
    line = params["line_items"][0]["price_data"]
    session["adaptive_pricing"] = {"enabled": params["adaptive_pricing"]["enabled"].lower() == "true"}
    session |= {"amount_total": int(line["unit_amount"]), "currency": line["currency"]}
    books.page_data[session["id"]] = params["payment_intent_data"]
    return books.add(session)


def expire_session(books: Books, identity: str, _: Params) -> Body:
    session = books.get(identity, "checkout.session")
    if session["status"] != "open":
        raise Refused(400, code="resource_not_open")
    session |= {"status": "expired", "url": None}
    books.announce("checkout.session.expired", session)
    return session


def create_refund(books: Books, _: str, params: Params) -> Body:
    charge_id = params.get("charge")
    if charge_id is None:
        charge_id = books.get(params["payment_intent"], "payment_intent")["latest_charge"]
    charge = books.get(charge_id, "charge")
    amount = int(params["amount"])
    if charge["amount_refunded"] + amount > charge["amount_captured"]:
        raise Refused(400, code="charge_already_refunded")
    charge["amount_refunded"] += amount
    made = shapes.refund(
        new_id("re"),
        books.seconds,
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        metadata=params["metadata"],
    )
    books.announce("refund.created", made)
    return books.add(made)


def detach_method(books: Books, identity: str, _: Params) -> Body:
    method = books.get(identity, "payment_method")
    if method["customer"] is None:
        raise Refused(400, message="The payment method is not attached to a customer.")
    method["customer"] = None
    books.announce("payment_method.detached", method)
    return method


def create_product(books: Books, _: str, params: Params) -> Body:
    if params["id"] in books.objects:
        raise Refused(400, code="resource_already_exists")
    return books.add(
        shapes.product(
            params["id"], books.seconds, name=params["name"], active=params["active"].lower() == "true"
        )
    )


def create_price(books: Books, _: str, params: Params) -> Body:
    fields = {
        name: params[name]
        for name in ("currency", "lookup_key", "metadata", "product", "recurring", "tax_behavior")
    }
    return books.add(
        shapes.price(new_id("price"), books.seconds, unit_amount=int(params["unit_amount"]), **fields)
    )


def change(books: Books, identity: str, params: Params) -> Body:
    """Products and prices may be renamed and retired."""
    body = books.objects[identity]
    if "active" in params:
        body["active"] = params["active"].lower() == "true"
    if "name" in params:
        body["name"] = params["name"]
    return body


def retrieve(books: Books, kind: str, identity: str) -> Body:
    """One object, its page expired when its time is over."""
    body = books.get(identity, kind)
    if kind == "checkout.session" and body["status"] == "open" and books.seconds >= body["expires_at"]:
        body |= {"status": "expired", "url": None}
    return body


def listing(books: Books, kind: str, params: Params) -> list[Body]:
    """The newest first, narrowed as Stripe can narrow."""
    found = [retrieve(books, kind, body["id"]) for body in reversed(books.every(kind))]
    since = int(params.get("created", {}).get("gte", 0))
    found = [body for body in found if body["created"] >= since]
    for name in FILTERS:
        if name in params:
            found = [body for body in found if body.get(name) == params[name]]
    if "lookup_keys" in params:
        found = [body for body in found if body["lookup_key"] in params["lookup_keys"]]
    return found


def search(books: Books, kind: str, params: Params) -> list[Body]:
    """By one field of metadata; the index knows nothing of the last minute."""
    asked = re.fullmatch(r"metadata\['(\w+)'\]:'(.*)'", params["query"])
    assert asked, params["query"]
    name, value = asked.groups()
    known = books.seconds - SEARCH_LAG.total_seconds()
    return [
        body
        for body in books.every(kind)
        if body["created"] <= known and body["metadata"].get(name) == value.replace("\\'", "'")
    ]


def _refuse_old_parameters(params: Params) -> None:
    if "payment_method_types" in params:
        raise Refused(400, code="payment_method_types_no_longer_supported")


ACTIONS: tuple[tuple[str, Endpoint], ...] = (
    (r"customers()", create_customer),
    (r"payment_intents()", create_intent),
    (r"payment_intents/(\w+)/cancel", cancel_intent),
    (r"checkout/sessions()", create_session),
    (r"checkout/sessions/(\w+)/expire", expire_session),
    (r"refunds()", create_refund),
    (r"payment_methods/(\w+)/detach", detach_method),
    (r"products()", create_product),
    (r"prices()", create_price),
    (r"(?:products|prices)/([\w-]+)", change),
)
