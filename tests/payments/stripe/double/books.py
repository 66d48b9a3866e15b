"""The double's own books: what it took and gave back is the truth that tests compare with."""

from __future__ import annotations

import secrets
from datetime import timedelta
from threading import RLock
from typing import Any

from app.billing.ports import Clock
from tests.payments.stripe.double import cards, shapes
from tests.payments.stripe.double.shapes import Body

SEARCH_LAG = timedelta(minutes=1)
"""How long the search index does not know a new object."""


class Refused(Exception):
    """An answer with an error: the status and Stripe's fields about it."""

    def __init__(self, status: int, **fields: Any) -> None:
        super().__init__(fields.get("code"))
        self.status = status
        self.body: Body = {"error": {"type": "invalid_request_error", "message": "refused"} | fields}


class Books:
    """Every object that the double knows, by id, in the order of their making."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.objects: dict[str, Body] = {}
        self.numbers: dict[str, str] = {}
        """Card numbers by payment method."""
        self.page_data: dict[str, Body] = {}
        """What a page was told about the payment to be made on it, by the page's id."""
        self.risk = "normal"
        """Radar's word about the charges to come."""

    @property
    def seconds(self) -> int:
        """Now, as Stripe writes it."""
        return int(self.clock.now().timestamp())

    def add(self, body: Body) -> Body:
        """Keep a new object."""
        self.objects[body["id"]] = body
        return body

    def get(self, identity: str, kind: str) -> Body:
        """The object; raises Refused like Stripe when there is none."""
        found = self.objects.get(identity)
        if found is None or found["object"] != kind:
            raise Refused(404, code="resource_missing", param="id")
        return found

    def every(self, kind: str) -> list[Body]:
        """All of a kind, the oldest first."""
        return [body for body in self.objects.values() if body["object"] == kind]

    def announce(self, kind: str, body: Body) -> Body:
        """An event about an object as it is now."""
        return self.add(shapes.event(new_id("evt"), self.seconds, kind, dict(body)))

    @property
    def taken(self) -> list[int]:
        """Minor units of every charge that was really paid."""
        return [charge["amount_captured"] for charge in self.every("charge") if charge["paid"]]

    @property
    def refunded(self) -> list[int]:
        """Minor units of every refund."""
        return [refund["amount"] for refund in self.every("refund")]

    def save_card(self, number: str = cards.VISA, owner: str | None = None) -> str:
        """A card under a customer, who is made when none is named; answers its id."""
        if owner is None:
            owner = self.add(shapes.customer(new_id("cus"), self.seconds, {}))["id"]
        method = self.add(shapes.payment_method(new_id("pm"), self.seconds, number, owner))
        self.numbers[method["id"]] = number
        return str(method["id"])

    def attempt_card(self, intent: Body, method: str, *, confirmed: bool) -> None:
        """Charge the card of an intent. Raises Refused (402) like Stripe for a decline."""
        number = self.numbers[method]
        intent["payment_method"] = method
        if number == cards.CONFIRM and not confirmed:
            self._decline(intent, "authentication_required", "authentication_required", charged=False)
        if number in cards.DECLINES:
            self._decline(intent, *cards.DECLINES[number], charged=True)
        paid = self.add(shapes.charge(new_id("ch"), self.seconds, intent, self.risk, paid=True))
        intent |= {
            "status": "succeeded",
            "latest_charge": paid["id"],
            "amount_received": intent["amount"],
            "last_payment_error": None,
        }
        self.announce("payment_intent.succeeded", intent)

    def _decline(self, intent: Body, code: str, decline_code: str, *, charged: bool) -> None:
        error = {"type": "card_error", "code": code, "decline_code": decline_code, "advice_code": None}
        if charged:
            made = self.add(shapes.charge(new_id("ch"), self.seconds, intent, self.risk, paid=False))
            intent["latest_charge"] = made["id"]
        intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
        self.announce("payment_intent.payment_failed", intent)
        raise Refused(402, **error, payment_intent=dict(intent))


def new_id(prefix: str) -> str:
    """An id that looks like one of Stripe's."""
    return f"{prefix}_{secrets.token_hex(12)}"
