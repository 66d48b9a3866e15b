"""The vault: wallets that customers add without paying, and wallets that are forgotten (H6)."""

from __future__ import annotations

from app.billing.payment import SavedMethod
from app.billing.ports import Clock
from app.billing.provider import MethodReport, SetupOutcome, SetupOutcomeKind, SetupRequest
from app.payments.paypal import reading
from app.payments.paypal.client import Answer, PayPalClient, path_of
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.order_book import OrderBook
from app.payments.paypal.reading import PAGE_LINKS, Document
from app.payments.paypal.settings import PayPalSettings

SETUP_TOKENS = "/v3/vault/setup-tokens"
PAYMENT_TOKENS = "/v3/vault/payment-tokens"
EXCHANGEABLE = frozenset({"APPROVED", "VAULTED", "TOKENIZED"})
WAITING = frozenset({"CREATED", "PAYER_ACTION_REQUIRED"})
NOT_FOUND = SetupOutcome(SetupOutcomeKind.NOT_FOUND)


class Vault:
    """Opens setups, finds their end, reads and forgets payment tokens. Raises NoAnswer."""

    def __init__(self, client: PayPalClient, book: OrderBook, clock: Clock, settings: PayPalSettings) -> None:
        self._client = client
        self._book = book
        self._clock = clock
        self._settings = settings

    def open_setup(self, request: SetupRequest) -> SetupOutcome:
        """Make a setup token that its customer approves on PayPal's page."""
        self._book.note(request.setup_id, self._clock.now())
        body = {"payment_source": {"paypal": self._wallet(request.return_url)}}
        answer = self._client.post(SETUP_TOKENS, body, key=request.setup_id)
        if not answer.done:
            return _failed(answer)
        token = reading.text_of(answer.body, "id")
        if token is None:
            raise NoAnswer("a setup token without an id")
        self._book.remember(request.setup_id, token)
        return _waiting(answer.body)

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """How a setup stands. One that its customer approved becomes a payment token here, once.

        Whose first answer was lost is not found: its customer was never sent to the page.
        """
        entry = self._book.entry(setup_id)
        if entry is None or entry.paypal_id is None:
            return NOT_FOUND
        answer = self._client.get(path_of(SETUP_TOKENS, entry.paypal_id))
        if answer.missing:
            return NOT_FOUND
        if not answer.done:
            raise NoAnswer(answer.issue)
        status = answer.body.get("status")
        if status in EXCHANGEABLE:
            return self._exchange(setup_id, entry.paypal_id)
        if status in WAITING:
            return _waiting(answer.body)
        return SetupOutcome(SetupOutcomeKind.FAILED, failure_code=f"SETUP_{status}")

    def find_method(self, token: str) -> MethodReport:
        """The wallet behind a payment token; none when its owner or we took it back."""
        answer = self._client.get(path_of(PAYMENT_TOKENS, token))
        if answer.missing:
            return MethodReport(token, None)
        if not answer.done:
            raise NoAnswer(answer.issue)
        return MethodReport(token, _method(answer.body))

    def forget_method(self, token: str) -> bool:
        """Have a payment token deleted, and say so; one that is gone already stays gone."""
        answer = self._client.delete(path_of(PAYMENT_TOKENS, token))
        return answer.done or answer.missing

    def _wallet(self, return_url: str) -> Document:
        return {
            "usage_type": "MERCHANT",
            "customer_type": "CONSUMER",
            "permit_multiple_payment_tokens": True,
            "experience_context": {
                "return_url": return_url,
                "cancel_url": return_url,
                "shipping_preference": "NO_SHIPPING",
                "locale": self._settings.locale,
            },
        }

    def _exchange(self, setup_id: str, setup_token: str) -> SetupOutcome:
        body = {"payment_source": {"token": {"id": setup_token, "type": "SETUP_TOKEN"}}}
        answer = self._client.post(PAYMENT_TOKENS, body, key=f"{setup_id}-token")
        if not answer.done:
            return _failed(answer)
        method = _method(answer.body)
        if method is None:
            raise NoAnswer("a payment token without an id")
        return SetupOutcome(SetupOutcomeKind.SAVED, method=method)


def _method(token: Document) -> SavedMethod | None:
    identifier = reading.text_of(token, "id")
    wallet = reading.section(token, "payment_source", "paypal")
    return None if identifier is None else reading.saved_method(identifier, wallet)


def _waiting(setup: Document) -> SetupOutcome:
    return SetupOutcome(
        SetupOutcomeKind.AWAITING_CUSTOMER, redirect_url=reading.link(setup, *reversed(PAGE_LINKS))
    )


def _failed(answer: Answer) -> SetupOutcome:
    return SetupOutcome(SetupOutcomeKind.FAILED, failure_code=answer.issue)
