"""The double's books: what PayPal would have done, and took. It refuses with PayPal's own issues."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from tests.clock import ManualClock

Json = dict[str, Any]
ORDER_KEYS_LAST = timedelta(hours=6)
VAULT_KEYS_LAST = timedelta(hours=3)
PAYER = "QYR5Z8XDVJNXQ"


class Refused(Exception):
    """PayPal does nothing and says why."""

    def __init__(self, status: int, issue: str, links: list[Json] | None = None) -> None:
        super().__init__(issue)
        self.status = status
        self.issue = issue
        self.links = links or []


def missing() -> Refused:
    """There is no such object."""
    return Refused(404, "INVALID_RESOURCE_ID")


@dataclass
class Books:
    """Everything that PayPal knows. `wallets` says how the wallet behind a payment token behaves."""

    clock: ManualClock
    orders: dict[str, Json] = field(default_factory=dict)
    captures: dict[str, Json] = field(default_factory=dict)
    wallets: dict[str, str] = field(default_factory=dict)
    setups: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, list[Json]] = field(default_factory=dict)
    disputes: dict[str, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    keys: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)
    next_capture: str = "COMPLETED"
    """COMPLETED, PENDING, DECLINED, or an issue by which captures of approved orders are refused."""
    vault_is_late: bool = False
    """Wallets are saved only after their payment: `save_late` says when, and tells of it."""
    after_look: Callable[[], object] | None = None
    """What happens right after an order was shown, once: another process was faster."""
    numbers: Any = field(default_factory=lambda: count(1))

    def taken(self) -> list[tuple[str, str]]:
        """Whose money was taken, and how much: the truth that tests compare with."""
        return [
            (capture["invoice_id"], capture["amount"]["value"])
            for capture in self.captures.values()
            if capture["status"] in {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}
        ]

    def create_order(self, body: Json, key: str) -> Json:
        """An order; one with a saved wallet is captured at once."""
        known = self._known("order", key, ORDER_KEYS_LAST)
        if known is not None:
            return self.orders[known]
        unit, wallet = body["purchase_units"][0], body["payment_source"]["paypal"]
        order: Json = {
            "id": self._id("O"),
            "intent": "CAPTURE",
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{**unit, "payments": {}}],
            "payment_source": {"paypal": {"account_id": PAYER, "email_address": "payer@example.com"}},
            "create_time": self._now(),
        }
        order["links"] = [{"rel": "payer-action", "href": f"https://pay.test/{order['id']}", "method": "GET"}]
        behaviour = self._behaviour(wallet)
        if behaviour in {"COMPLETED", "PENDING", "DECLINED"}:
            self._take(order, behaviour)
        self.orders[order["id"]] = order
        self._know("order", key, order["id"])
        return order

    def order(self, order_id: str) -> Json:
        """An order as it stands."""
        if order_id not in self.orders:
            raise missing()
        return self.orders[order_id]

    def show_order(self, order_id: str) -> Json:
        """The order as it stands at this moment."""
        shown = deepcopy(self.order(order_id))
        happening, self.after_look = self.after_look, None
        if happening is not None:
            happening()
        return shown

    def approve(self, order_id: str) -> None:
        """What the customer does on PayPal's page."""
        order = self.order(order_id)
        assert order["status"] == "PAYER_ACTION_REQUIRED"
        order["status"] = "APPROVED"
        above = {
            "rel": "up",
            "href": f"https://api.paypal.test/v2/checkout/orders/{order_id}",
            "method": "GET",
        }
        vault: Json = {"status": "APPROVED", "links": [above]}
        if not self.vault_is_late:
            vault = {
                "id": self.save_wallet("COMPLETED"),
                "status": "VAULTED",
                "customer": {"id": "CUSTOMER-1"},
            }
        order["payment_source"]["paypal"]["attributes"] = {"vault": vault}
        self._tell("CHECKOUT.ORDER.APPROVED", "checkout-order", order)

    def save_late(self, order_id: str) -> str:
        """Save the wallet of an order at last; its token."""
        token = self.save_wallet("COMPLETED")
        vault = {"id": token, "status": "VAULTED", "customer": {"id": "CUSTOMER-1"}}
        self.order(order_id)["payment_source"]["paypal"]["attributes"] = {"vault": vault}
        self._tell("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", self.payment_token(token))
        return token

    def capture(self, order_id: str, key: str) -> Json:
        """Take the money of an approved order."""
        order = self.order(order_id)
        if self._known("capture", key, ORDER_KEYS_LAST) is not None:
            return order
        if order["status"] == "COMPLETED":
            raise Refused(422, "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise Refused(422, "ORDER_NOT_APPROVED", order["links"])
        if self.next_capture not in {"COMPLETED", "PENDING", "DECLINED"}:
            raise Refused(422, self.next_capture, order["links"])
        self._take(order, self.next_capture)
        self._know("capture", key, order_id)
        return order

    def patch_order(self, order_id: str, operations: list[Json]) -> None:
        """Change the mark of an order that was not captured."""
        order = self.order(order_id)
        if order["status"] == "COMPLETED":
            raise Refused(422, "ORDER_ALREADY_COMPLETED")
        (operation,) = operations
        assert operation["path"] == "/purchase_units/@reference_id=='default'/custom_id"
        order["purchase_units"][0]["custom_id"] = operation["value"]

    def find_capture(self, capture_id: str) -> Json:
        """A capture as it stands."""
        if capture_id not in self.captures:
            raise missing()
        return self.captures[capture_id]

    def refund(self, capture_id: str, body: Json, key: str) -> Json:
        """Send back a part of a capture."""
        capture = self.find_capture(capture_id)
        known = self._known("refund", key, timedelta(days=45))
        made = self.refunds.setdefault(capture_id, [])
        if known is not None:
            return next(each for each in made if each["id"] == known)
        left = Decimal(capture["amount"]["value"]) - sum(Decimal(each["amount"]["value"]) for each in made)
        if not left:
            raise Refused(422, "CAPTURE_FULLY_REFUNDED")
        if Decimal(body["amount"]["value"]) > left:
            raise Refused(422, "REFUND_AMOUNT_EXCEEDED")
        refund = {"id": self._id("R"), "status": "COMPLETED", **body, "create_time": self._now()}
        above = f"https://api.paypal.test/v2/payments/captures/{capture_id}"
        refund["links"] = [{"rel": "up", "href": above, "method": "GET"}]
        made.append(refund)
        whole = Decimal(body["amount"]["value"]) == left
        capture["status"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        order = self.orders[capture["supplementary_data"]["related_ids"]["order_id"]]
        order["purchase_units"][0]["payments"]["refunds"] = made
        self._know("refund", key, refund["id"])
        self._tell("PAYMENT.CAPTURE.REFUNDED", "refund", refund)
        return refund

    def refund_by_hand(self, capture_id: str, value: str) -> str:
        """What somebody does on PayPal's own page: the refund has the mark of its payment."""
        capture = self.find_capture(capture_id)
        amount = {"currency_code": capture["amount"]["currency_code"], "value": value}
        body = {"amount": amount, "custom_id": capture["custom_id"]}
        return str(self.refund(capture_id, body, key=self._id("K"))["id"])

    def find_refund(self, refund_id: str) -> Json:
        """A refund as it stands."""
        for made in self.refunds.values():
            for refund in made:
                if refund["id"] == refund_id:
                    return refund
        raise missing()

    def create_setup(self, key: str) -> Json:
        """A setup token whose customer has yet to approve it."""
        known = self._known("setup", key, VAULT_KEYS_LAST)
        if known is not None:
            return self.setups[known]
        token = self._id("S")
        link = {"rel": "approve", "href": f"https://pay.test/agree/{token}", "method": "GET"}
        self.setups[token] = {"id": token, "status": "PAYER_ACTION_REQUIRED", "links": [link]}
        self._know("setup", key, token)
        return self.setups[token]

    def setup(self, token: str) -> Json:
        """A setup token as it stands."""
        if token not in self.setups:
            raise missing()
        return self.setups[token]

    def exchange(self, body: Json, key: str) -> Json:
        """Make the payment token of an approved setup token."""
        known = self._known("token", key, VAULT_KEYS_LAST)
        if known is None:
            setup = self.setup(body["payment_source"]["token"]["id"])
            if setup["status"] != "APPROVED":
                raise Refused(422, "TOKEN_NOT_APPROVED")
            setup["status"] = "VAULTED"
            known = self.save_wallet("COMPLETED")
            self._know("token", key, known)
        return self.payment_token(known)

    def save_wallet(self, behaviour: str) -> str:
        """A payment token whose wallet pays, or does what `behaviour` says."""
        token = self._id("T").lower()
        self.wallets[token] = behaviour
        return token

    def payment_token(self, token: str) -> Json:
        """A payment token as PayPal shows it."""
        if token not in self.wallets:
            raise missing()
        wallet = {"email_address": "payer@example.com", "account_id": PAYER}
        return {"id": token, "customer": {"id": "CUSTOMER-1"}, "payment_source": {"paypal": wallet}}

    def delete_token(self, token: str) -> None:
        """Forget a payment token; twice is once."""
        self.wallets.pop(token, None)

    def _behaviour(self, wallet: Json) -> str:
        if "vault_id" not in wallet:
            return "page"
        behaviour = self.wallets.get(wallet["vault_id"])
        if behaviour is None:
            raise Refused(422, "TOKEN_ID_NOT_FOUND")
        if behaviour not in {"COMPLETED", "PENDING", "DECLINED", "page"}:
            raise Refused(422, behaviour)
        return behaviour

    def _take(self, order: Json, status: str) -> None:
        unit = order["purchase_units"][0]
        if any(each["invoice_id"] == unit["invoice_id"] for each in self.captures.values()):
            raise Refused(422, "DUPLICATE_INVOICE_ID")
        capture = {
            "id": self._id("C"),
            "status": status,
            "amount": unit["amount"],
            "custom_id": unit["custom_id"],
            "invoice_id": unit["invoice_id"],
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
            "create_time": self._now(),
        }
        self.captures[capture["id"]] = capture
        unit["payments"] = {"captures": [capture]}
        order["status"] = "COMPLETED"
        self._tell(f"PAYMENT.CAPTURE.{status}", "capture", capture)

    def _tell(self, kind: str, resource_type: str, resource: Json) -> None:
        self.events.append(
            {
                "id": f"WH-{next(self.numbers)}",
                "event_type": kind,
                "create_time": self._now(),
                "resource_type": resource_type,
                "resource": dict(resource),
            }
        )

    def _known(self, what: str, key: str, lasts: timedelta) -> str | None:
        at, identifier = self.keys.get((what, key), (None, None))
        return identifier if at is not None and self.clock.now() < at + lasts else None

    def _know(self, what: str, key: str, identifier: str) -> None:
        self.keys[what, key] = (self.clock.now(), identifier)

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self.numbers):016d}"

    def _now(self) -> str:
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
