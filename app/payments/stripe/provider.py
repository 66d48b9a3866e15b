"""Stripe behind the port of the billing rules: puts the parts together and answers for what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

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
from app.payments.stripe.charges import Charges
from app.payments.stripe.client import make_client
from app.payments.stripe.customers import Customers
from app.payments.stripe.disputes import find_dispute
from app.payments.stripe.errors import answered
from app.payments.stripe.events import events_since, parse_event
from app.payments.stripe.lookup import Lookup
from app.payments.stripe.methods import Methods
from app.payments.stripe.pages import Pages
from app.payments.stripe.refunds import Refunds
from app.payments.stripe.settings import StripeSettings
from app.payments.stripe.setups import Setups
from app.payments.stripe.signature import require_signed

UNKNOWN = ChargeOutcome(OutcomeKind.UNKNOWN)
REFUND_UNKNOWN = RefundOutcome(RefundOutcomeKind.UNKNOWN)
SETUP_UNKNOWN = SetupOutcome(SetupOutcomeKind.UNKNOWN)


class StripeProvider:
    """Everything that Stripe does for us (H2). `clock` tells real time: Stripe lives in it.

    No method raises for what Stripe said or failed to say. Whatever is not a definite answer is UNKNOWN
    (or None, or False) and logged: loudly when it won't pass by itself, as a revoked key won't.
    """

    name = "stripe"
    retention = timedelta(hours=24)

    def __init__(self, settings: StripeSettings, clock: Clock) -> None:
        self._settings = settings
        self._client = make_client(settings)
        self._customers = Customers(self._client)
        self._pages = Pages(self._client, clock, settings.return_url)
        self._charges = Charges(self._client, self._pages)
        self._lookup = Lookup(self._client, clock, self._pages)
        self._refunds = Refunds(self._client)
        self._setups = Setups(self._client, clock, self._lookup)
        self._methods = Methods(self._client)

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open a Checkout page for half an hour; paying on it saves the card for later charges."""

        def call() -> ChargeOutcome:
            return self._pages.open(request, self._customers.id_for(request.customer_reference))

        return self._charge_answer("open_checkout", request.attempt_id, call)

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved card without the customer; AWAITING_CUSTOMER with a page when the bank wants one."""
        return self._charge_answer("charge", request.attempt_id, lambda: self._charges.charge(request))

    def find(self, attempt_id: str) -> ChargeOutcome:
        """The present state of an attempt; NOT_FOUND only when Stripe certainly never heard of it."""
        return self._charge_answer("find", attempt_id, lambda: self._lookup.find(attempt_id))

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Close an open page; one that was paid a moment ago has succeeded."""
        return self._charge_answer("close_checkout", attempt_id, lambda: self._lookup.close(attempt_id))

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back; the same order again is the same refund."""
        return answered("refund", order.refund_id, lambda: self._refunds.refund(order), REFUND_UNKNOWN)

    def find_refund(self, order: RefundOrder) -> RefundOutcome:
        """How a refund stands; NOT_FOUND when Stripe never heard of it."""
        return answered("find_refund", order.refund_id, lambda: self._refunds.find(order), REFUND_UNKNOWN)

    def report_refund(self, reference: str) -> RefundReport | None:
        """The refund that Stripe calls so, whoever made it; None when there is no answer."""
        return answered("report_refund", reference, lambda: self._refunds.find_named(reference), None)

    def open_setup(self, request: SetupRequest) -> SetupOutcome:
        """Open a page that saves a card without paying."""

        def call() -> SetupOutcome:
            return self._setups.open(request, self._customers.id_for(request.customer_reference))

        return answered("open_setup", request.setup_id, call, SETUP_UNKNOWN)

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """How adding a card stands."""
        return answered("find_setup", setup_id, lambda: self._setups.find(setup_id), SETUP_UNKNOWN)

    def find_dispute(self, reference: str) -> DisputeReport | None:
        """A dispute as it stands now; None when there is no answer."""
        return answered("find_dispute", reference, lambda: find_dispute(self._client, reference), None)

    def find_method(self, reference: str) -> MethodReport | None:
        """A saved card as it stands now; None when there is no answer."""
        return answered("find_method", reference, lambda: self._methods.find(reference), None)

    def forget_method(self, token: str) -> bool:
        """Have Stripe forget a card; False when there is no answer. Twice is once."""
        return answered("forget_method", token, lambda: self._methods.forget(token), otherwise=False)

    def events_since(self, instant: datetime) -> Sequence[GatewayEvent] | None:
        """Every event from the instant on, oldest first (Stripe keeps 30 days); None without an answer."""

        def call() -> Sequence[GatewayEvent]:
            return events_since(self._client, instant, live=self._settings.live)

        return answered("events_since", instant.isoformat(), call, None)

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Verify a webhook by its raw body; raises InvalidInput (BAD_SIGNATURE, MODE_MISMATCH, BAD_EVENT)."""
        require_signed(body, signature, self._settings.webhook_secrets, now)
        return parse_event(body, live=self._settings.live)

    @staticmethod
    def _charge_answer(doing: str, attempt_id: str, call: Callable[[], ChargeOutcome]) -> ChargeOutcome:
        return answered(doing, attempt_id, call, UNKNOWN)
