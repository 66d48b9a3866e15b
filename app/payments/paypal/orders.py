"""Orders v2: pages on which customers pay, charges of saved wallets, and how both stand.

No money moves by an order of a page until we capture it, whatever its customer approved. So an order is
closed by our mark on it (its custom_id): who finds the mark captures no more.
"""

from __future__ import annotations

from typing import Any

from app.billing.payment import ChargeOutcome, ChargeRequest, OutcomeKind
from app.billing.ports import Clock
from app.payments.paypal import reading
from app.payments.paypal.amounts import written
from app.payments.paypal.client import Answer, PayPalClient, path_of
from app.payments.paypal.errors import CLOSED_TO_CAPTURE, NoAnswer, charge_refusal
from app.payments.paypal.event_log import EventLog
from app.payments.paypal.order_book import BookEntry, OrderBook
from app.payments.paypal.reading import CLOSED, PAGE_LINKS, SEAL, Document
from app.payments.paypal.retention import ORDERS
from app.payments.paypal.settings import PayPalSettings

COLLECTION = "/v2/checkout/orders"
LONGEST_DESCRIPTION = 127
NOT_FOUND = ChargeOutcome(OutcomeKind.NOT_FOUND)
UNKNOWN = ChargeOutcome(OutcomeKind.UNKNOWN)


class Orders:
    """Opens, charges, finds and closes. Raises NoAnswer, CannotBeWritten."""

    def __init__(
        self, client: PayPalClient, book: OrderBook, log: EventLog, clock: Clock, settings: PayPalSettings
    ) -> None:
        self._client = client
        self._book = book
        self._log = log
        self._clock = clock
        self._settings = settings

    def open_page(self, request: ChargeRequest) -> ChargeOutcome:
        """Make an order that its customer approves on PayPal's page, where the wallet is saved too."""
        answer = self._create(request, self._page(request))
        if not answer.done:
            return _refused(answer)
        return reading.settled(answer.body) or _waiting(answer.body)

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved wallet without its owner: PayPal captures such an order as it is made."""
        answer = self._create(request, _saved_wallet(request))
        if not answer.done:
            return _refused(answer)
        return self._outcome(answer.body, request.attempt_id)

    def find(self, attempt_id: str) -> ChargeOutcome:
        """How an attempt stands. One that its customer approved is captured here, under its own key."""
        entry = self._book.entry(attempt_id)
        if entry is None:
            return NOT_FOUND
        order_id = entry.paypal_id or self._search(attempt_id, entry)
        if order_id is None:
            # Within the retention whoever is told «not found» may ask again under the same key, and it is
            # the same order. After it nobody knows what the lost answer was.
            return NOT_FOUND if self._clock.now() < entry.noted_at + ORDERS else UNKNOWN
        order = self._read(order_id)
        return NOT_FOUND if order is None else self._outcome(order, attempt_id)

    def close(self, attempt_id: str) -> ChargeOutcome:
        """Have an order captured no more; tells how it ended."""
        entry = self._book.entry(attempt_id)
        if entry is None or entry.paypal_id is None:
            return self.find(attempt_id)
        order = self._read(entry.paypal_id)
        if order is None:
            return NOT_FOUND
        return reading.settled(order) or self._seal(order, attempt_id, CLOSED)

    def _create(self, request: ChargeRequest, wallet: Document) -> Answer:
        body = {
            "intent": "CAPTURE",
            "purchase_units": [_unit(request)],
            "payment_source": {"paypal": wallet},
        }
        self._book.note(request.attempt_id, self._clock.now())
        answer = self._client.post(COLLECTION, body, key=request.attempt_id)
        order_id = reading.text_of(answer.body, "id")
        if answer.done:
            if order_id is None:
                raise NoAnswer("an order without an id")
            self._book.remember(request.attempt_id, order_id)
        return answer

    def _page(self, request: ChargeRequest) -> dict[str, Any]:
        return {
            "experience_context": {
                "return_url": request.return_url,
                "cancel_url": request.return_url,
                "user_action": "PAY_NOW",
                "shipping_preference": "NO_SHIPPING",
                "locale": self._settings.locale,
            },
            "attributes": {
                "vault": {
                    "store_in_vault": "ON_SUCCESS",
                    "usage_type": "MERCHANT",
                    "customer_type": "CONSUMER",
                    # Two of our customers may pay from one wallet: each has a token of their own.
                    "permit_multiple_payment_tokens": True,
                }
            },
        }

    def _search(self, attempt_id: str, entry: BookEntry) -> str | None:
        """The order whose creation was answered to nobody, by what PayPal's event log tells of it."""
        order_id = self._log.order_of(attempt_id, entry.noted_at)
        if order_id is not None:
            self._book.remember(attempt_id, order_id)
        return order_id

    def _read(self, order_id: str) -> Document | None:
        answer = self._client.get(path_of(COLLECTION, order_id))
        if answer.missing:
            return None
        if not answer.done:
            raise NoAnswer(answer.issue)
        return answer.body

    def _outcome(self, order: Document, attempt_id: str) -> ChargeOutcome:
        ended = reading.settled(order)
        if ended is not None:
            return ended
        if order.get("status") != "APPROVED" and reading.link(order, *PAGE_LINKS):
            return _waiting(order)
        return self._capture(order, attempt_id)

    def _capture(self, order: Document, attempt_id: str) -> ChargeOutcome:
        order_id = str(order.get("id"))
        path = path_of(COLLECTION, order_id, "/capture")
        answer = self._client.post(path, {}, key=f"{attempt_id}-capture")
        if answer.done:
            return reading.settled(answer.body) or UNKNOWN
        if answer.issue in CLOSED_TO_CAPTURE:
            return self._read_end(order_id)
        if answer.issue == "ORDER_NOT_APPROVED":
            return _waiting(order)
        outcome = _refused(answer)
        if outcome.kind is OutcomeKind.FAILED:
            # Its customer could still approve it with other money, after we said that it had failed.
            return self._seal(order, attempt_id, answer.issue)
        return outcome

    def _seal(self, order: Document, attempt_id: str, why: str) -> ChargeOutcome:
        """Mark the order as closed, then read how it stands: a capture may have been faster."""
        order_id = str(order.get("id"))
        mark = {
            "op": "replace",
            "path": "/purchase_units/@reference_id=='default'/custom_id",
            "value": f"{attempt_id}{SEAL}{why}",
        }
        answer = self._client.patch(path_of(COLLECTION, order_id), [mark])
        if not answer.done and answer.issue not in CLOSED_TO_CAPTURE:
            raise NoAnswer(answer.issue)
        return self._read_end(order_id)

    def _read_end(self, order_id: str) -> ChargeOutcome:
        order = self._read(order_id)
        return UNKNOWN if order is None else reading.settled(order) or UNKNOWN


def _unit(request: ChargeRequest) -> dict[str, Any]:
    """What is paid for. PayPal takes an invoice_id once: a wall against a second charge of an attempt."""
    return {
        "reference_id": "default",
        "custom_id": request.attempt_id,
        "invoice_id": request.attempt_id,
        "description": request.description[:LONGEST_DESCRIPTION],
        "amount": written(request.amount),
    }


def _saved_wallet(request: ChargeRequest) -> dict[str, Any]:
    return {
        "vault_id": request.method_token,
        "stored_credential": {"payment_initiator": "MERCHANT", "usage": "SUBSEQUENT"},
    }


def _waiting(order: Document) -> ChargeOutcome:
    return reading.awaiting(order, reading.link(order, *PAGE_LINKS))


def _refused(answer: Answer) -> ChargeOutcome:
    if answer.missing:
        return NOT_FOUND
    refusal = charge_refusal(answer.issue, answer.status)
    return ChargeOutcome(
        refusal.kind,
        redirect_url=reading.link(answer.body, *PAGE_LINKS),
        failure_code=answer.issue,
        retry=refusal.retry,
    )
