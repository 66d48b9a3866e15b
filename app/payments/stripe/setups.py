"""Adding a card without paying: a Checkout page that only saves it (H6)."""

from __future__ import annotations

from datetime import timedelta

from stripe import IdempotencyError, StripeClient
from stripe.checkout import Session

from app.billing.ports import Clock
from app.billing.provider import SetupOutcome, SetupOutcomeKind, SetupRequest
from app.payments.stripe.client import Facts, plain
from app.payments.stripe.lookup import Lookup
from app.payments.stripe.pages import MARGIN, PAGE_TERM
from app.payments.stripe.reading import id_of, saved_method

SETUP = "setup_id"
SETUP_WINDOW = timedelta(days=7)
"""How far back a page is looked for; it was open for half an hour."""


class Setups:
    """Opens pages for cards and finds out what became of them. Every method raises StripeError."""

    def __init__(self, client: StripeClient, clock: Clock, lookup: Lookup) -> None:
        self._client = client
        self._clock = clock
        self._lookup = lookup

    def open(self, request: SetupRequest, customer: str) -> SetupOutcome:
        """Open the page of a setup; asked again it is the same page, as it stands by then."""
        try:
            return self._outcome(plain(self._create(request, customer)))
        except IdempotencyError:
            known = self.find(request.setup_id)
            if known.kind is SetupOutcomeKind.NOT_FOUND:
                raise
            return known

    def find(self, setup_id: str) -> SetupOutcome:
        """How adding the card stands."""
        for session in self._lookup.sessions(setup_id, SETUP_WINDOW):
            return self._outcome(session)
        return SetupOutcome(SetupOutcomeKind.NOT_FOUND)

    def _create(self, request: SetupRequest, customer: str) -> Session:
        return self._client.v1.checkout.sessions.create(
            {
                "mode": "setup",
                "customer": customer,
                "client_reference_id": request.setup_id,
                "metadata": {SETUP: request.setup_id},
                "setup_intent_data": {"metadata": {SETUP: request.setup_id}},
                "allowed_payment_method_types": ["card"],
                "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
                "locale": "auto",
                "expires_at": int((self._clock.now() + PAGE_TERM + MARGIN).timestamp()),
                "success_url": request.return_url,
                "cancel_url": request.return_url,
            },
            {"idempotency_key": f"{request.setup_id}:setup"},
        )

    def _outcome(self, session: Facts) -> SetupOutcome:
        if session["status"] == "open":
            return SetupOutcome(SetupOutcomeKind.AWAITING_CUSTOMER, redirect_url=session["url"])
        if session["status"] == "expired":
            return SetupOutcome(SetupOutcomeKind.FAILED, failure_code="page_expired")
        intent = plain(
            self._client.v1.setup_intents.retrieve(
                id_of(session["setup_intent"]) or "", {"expand": ["payment_method"]}
            )
        )
        method = saved_method(intent.get("payment_method"))
        if intent["status"] == "succeeded" and method is not None:
            return SetupOutcome(SetupOutcomeKind.SAVED, method=method)
        if intent["status"] == "processing":
            return SetupOutcome(SetupOutcomeKind.UNKNOWN)
        error = intent.get("last_setup_error") or {}
        code = error.get("decline_code") or error.get("code") or "setup_failed"
        return SetupOutcome(SetupOutcomeKind.FAILED, failure_code=code)
