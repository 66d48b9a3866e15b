"""What the customer does on Stripe's pages, and the bank behind the customer's back."""

from __future__ import annotations

from typing import Any

from tests.payments.stripe.double import cards, shapes
from tests.payments.stripe.double.books import Books, Refused, new_id
from tests.payments.stripe.double.shapes import Body


def page_of(books: Books, reference: str) -> Body:
    """The page that was opened for an attempt or a setup."""
    (session,) = [
        each for each in books.every("checkout.session") if each["client_reference_id"] == reference
    ]
    return session


def pay(books: Books, attempt_id: str, number: str = cards.VISA, **received: Any) -> None:
    """Type a card on the page and confirm what the bank asks; a declined card leaves the page open.

    `received` makes something else arrive than was asked for.
    """
    with books.lock:
        session = page_of(books, attempt_id)
        assert session["status"] == "open", "nobody can pay on a closed page"
        intent = _intent_of(books, session)
        method = books.save_card(number, session["customer"])
        try:
            books.attempt_card(intent, method, confirmed=True)
        except Refused:
            return
        intent |= received
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        books.announce("checkout.session.completed", session)


def save_card(books: Books, setup_id: str, number: str = cards.VISA) -> str:
    """Type a card on the page of a setup; answers the card's id."""
    with books.lock:
        session = page_of(books, setup_id)
        method = books.save_card(number, session["customer"])
        setup = books.objects[session["setup_intent"]]
        setup |= {"status": "succeeded", "payment_method": method}
        session |= {"status": "complete", "url": None}
        books.announce("setup_intent.succeeded", setup)
        return method


def dispute(books: Books, intent_id: str, **fields: Any) -> Body:
    """Have the bank ask for the money of a payment back."""
    intent = books.get(intent_id, "payment_intent")
    made = shapes.dispute(
        new_id("dp"),
        books.seconds,
        **(
            {
                "amount": intent["amount_received"],
                "currency": intent["currency"],
                "charge": intent["latest_charge"],
                "payment_intent": intent_id,
            }
            | fields
        ),
    )
    books.announce("charge.dispute.created", made)
    return books.add(made)


def _intent_of(books: Books, session: Body) -> Body:
    if session["payment_intent"] is None:
        data = books.page_data[session["id"]]
        intent = shapes.payment_intent(
            new_id("pi"),
            books.seconds,
            amount=session["amount_total"],
            currency=session["currency"],
            customer=session["customer"],
            metadata=data["metadata"],
            description=data["description"],
            setup_future_usage=data["setup_future_usage"],
        )
        session["payment_intent"] = books.add(intent)["id"]
    return books.objects[session["payment_intent"]]
