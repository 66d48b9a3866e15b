"""PayPal behind the port of providers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from app.billing.payment import ChargeOutcome, ChargeRequest, GatewayEvent, OutcomeKind
from app.billing.ports import Clock
from app.billing.provider import (
    DisputeReport,
    MethodReport,
    RefundOrder,
    RefundOutcome,
    RefundOutcomeKind,
    RefundReport,
    SetupOutcome,
    SetupOutcomeKind,
    SetupRequest,
)
from app.payments.paypal.amounts import CannotBeWritten
from app.payments.paypal.client import PayPalClient
from app.payments.paypal.disputes import Disputes
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.event_log import EventLog
from app.payments.paypal.ipn import IpnListener
from app.payments.paypal.order_book import OrderBook
from app.payments.paypal.orders import Orders
from app.payments.paypal.refunds import Refunds
from app.payments.paypal.retention import ORDERS
from app.payments.paypal.settings import PayPalSettings
from app.payments.paypal.vault import Vault
from app.payments.paypal.webhooks import Webhooks

T = TypeVar("T")


class PayPalProvider:
    """Takes money from PayPal wallets and sends it back. Safe between threads.

    `clock` tells real time: PayPal knows nothing of a moved one. No answer is UNKNOWN, or None where a
    report is asked for; what PayPal has no way to write is refused without asking it.
    """

    name = "paypal"
    retention = ORDERS

    def __init__(self, settings: PayPalSettings, clock: Clock, order_book: OrderBook) -> None:
        client = PayPalClient(settings, clock)
        self._log = EventLog(client)
        self._orders = Orders(client, order_book, self._log, clock, settings)
        self._refunds = Refunds(client)
        self._vault = Vault(client, order_book, clock, settings)
        self._disputes = Disputes(client)
        self._webhooks = Webhooks(client, settings)
        self._ipn = IpnListener(settings)

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open PayPal's page where the customer pays and the wallet is saved."""
        return _charged(lambda: self._orders.open_page(request))

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved wallet without the customer."""
        return _charged(lambda: self._orders.charge(request))

    def find(self, attempt_id: str) -> ChargeOutcome:
        """The present state of an attempt; what the customer approved is captured by asking."""
        return _charged(lambda: self._orders.find(attempt_id))

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Close a page: what is approved on it afterwards takes no money."""
        return _charged(lambda: self._orders.close(attempt_id))

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Verify a webhook; `signature` is a JSON object of the five headers (webhooks.HEADERS).

        Raises InvalidInput (BAD_SIGNATURE), Conflict (PROVIDER_UNAVAILABLE: to be sent again).
        """
        return self._webhooks.read_event(body, signature, now)

    def verify_ipn(self, body: bytes) -> GatewayEvent:
        """Verify a message of the older IPN; raises as `read_event` does."""
        return self._ipn.verify(body)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back; the same order again is the same refund."""
        return _refunded(lambda: self._refunds.refund(order))

    def find_refund(self, order: RefundOrder) -> RefundOutcome:
        """How a refund stands."""
        return _refunded(lambda: self._refunds.find(order))

    def report_refund(self, reference: str) -> RefundReport | None:
        """The refund that PayPal calls so, whoever made it."""
        return _or(lambda: self._refunds.find_named(reference), None)

    def open_setup(self, request: SetupRequest) -> SetupOutcome:
        """Open PayPal's page where the customer adds a wallet."""
        return _or(lambda: self._vault.open_setup(request), SetupOutcome(SetupOutcomeKind.UNKNOWN))

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """How adding a wallet stands; what the customer approved is saved by asking."""
        return _or(lambda: self._vault.find_setup(setup_id), SetupOutcome(SetupOutcomeKind.UNKNOWN))

    def find_dispute(self, reference: str) -> DisputeReport | None:
        """A dispute as it stands now."""
        return _or(lambda: self._disputes.find(reference), None)

    def find_method(self, reference: str) -> MethodReport | None:
        """A saved wallet as it stands now."""
        return _or(lambda: self._vault.find_method(reference), None)

    def forget_method(self, token: str) -> bool:
        """Have PayPal forget a wallet."""
        return _or(lambda: self._vault.forget_method(token), False)

    def events_since(self, instant: datetime) -> Sequence[GatewayEvent] | None:
        """Every event from the instant on, oldest first; PayPal keeps 30 days."""
        return _or(lambda: self._log.since(instant), None)


def _charged(ask: Callable[[], ChargeOutcome]) -> ChargeOutcome:
    try:
        return ask()
    except NoAnswer:
        return ChargeOutcome(OutcomeKind.UNKNOWN)
    except CannotBeWritten as refused:
        return ChargeOutcome(OutcomeKind.FAILED, failure_code=refused.code)


def _refunded(ask: Callable[[], RefundOutcome]) -> RefundOutcome:
    try:
        return ask()
    except NoAnswer:
        return RefundOutcome(RefundOutcomeKind.UNKNOWN)
    except CannotBeWritten as refused:
        return RefundOutcome(RefundOutcomeKind.FAILED, failure_code=refused.code)


def _or(ask: Callable[[], T], silence: T) -> T:
    try:
        return ask()
    except NoAnswer:
        return silence
