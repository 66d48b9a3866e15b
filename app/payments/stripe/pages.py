"""Checkout pages: where the customer pays and the card is saved for later charges (H2)."""

from __future__ import annotations

from datetime import timedelta

from stripe import IdempotencyError, InvalidRequestError, StripeClient
from stripe.checkout import Session
from stripe.params.checkout import SessionCreateParamsLineItem

from app.billing.payment import ChargeOutcome, ChargeRequest, OutcomeKind
from app.billing.ports import Clock
from app.payments.stripe.client import PAGE, Facts, plain
from app.payments.stripe.reading import ATTEMPT, CHECKOUT_FLOW, FLOW, id_of, intent_outcome

PAGE_TERM = timedelta(minutes=30)
CONFIRMATION_TERM = timedelta(hours=23)
"""For a customer who was not there when the bank asked: nearly the longest that Stripe allows."""
MARGIN = timedelta(minutes=1)
"""Stripe refuses a term of less than 30 minutes by its own clock."""

SETTLED = frozenset({OutcomeKind.SUCCEEDED, OutcomeKind.UNKNOWN})
"""What counts although the page has expired: the money came in, or is on its way."""


class Pages:
    """Opens, reads and closes pages. Every method raises StripeError."""

    def __init__(self, client: StripeClient, clock: Clock, return_url: str | None) -> None:
        self._client = client
        self._clock = clock
        self._return_url = return_url

    @property
    def leads_back(self) -> bool:
        """Whether a page can be opened for a customer who is not there."""
        return self._return_url is not None

    def open(self, request: ChargeRequest, customer: str, term: timedelta = PAGE_TERM) -> ChargeOutcome:
        """Open the page of an attempt. Asked again it is the same page, as it stands by then.

        A repeat differs in its expiry, which Stripe refuses under the same key: then the page exists and is
        looked up among the customer's own, a list that is never late.
        """
        try:
            session = plain(self._create(request, customer, term))
        except IdempotencyError:
            opened = self._opened_before(request.attempt_id, customer)
            if opened is None:
                raise
            session = opened
        return self.outcome(session)

    def outcome(self, session: Facts) -> ChargeOutcome:
        """How the attempt of a page stands: an open page waits, a finished one is what its payment is."""
        if session["status"] == "open":
            return ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, session["id"], redirect_url=session["url"])
        intent_id = id_of(session["payment_intent"])
        if session["status"] == "complete":
            return intent_outcome(self.intent(intent_id or ""))
        paid = intent_outcome(self.intent(intent_id)) if intent_id else None
        if paid is not None and paid.kind in SETTLED:
            return paid
        return ChargeOutcome(OutcomeKind.ABANDONED, intent_id or session["id"])

    def close(self, session: Facts) -> None:
        """Expire a page and cancel what was begun on it; what can't be is finished, and stays as it is."""
        try:
            expired = plain(self._client.v1.checkout.sessions.expire(session["id"]))
        except InvalidRequestError:
            return
        intent_id = id_of(expired["payment_intent"])
        if intent_id:
            self.cancel(intent_id)

    def intent(self, intent_id: str) -> Facts:
        """A payment as it stands now, with its charge and card."""
        return plain(
            self._client.v1.payment_intents.retrieve(
                intent_id, {"expand": ["latest_charge", "payment_method"]}
            )
        )

    def cancel(self, intent_id: str) -> Facts:
        """Cancel a payment; answers how it stands, for one that is paid or under way can't be cancelled."""
        try:
            return plain(self._client.v1.payment_intents.cancel(intent_id))
        except InvalidRequestError:
            return self.intent(intent_id)

    def _create(self, request: ChargeRequest, customer: str, term: timedelta) -> Session:
        back = request.return_url or self._return_url or ""
        metadata = {ATTEMPT: request.attempt_id, FLOW: CHECKOUT_FLOW}
        return self._client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "customer": customer,
                "client_reference_id": request.attempt_id,
                "metadata": metadata,
                "payment_intent_data": {
                    "metadata": metadata,
                    "description": request.description,
                    "setup_future_usage": "off_session",
                },
                "allowed_payment_method_types": ["card"],
                "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
                "line_items": [_line(request)],
                "adaptive_pricing": {"enabled": False},  # what is received must be what was asked for
                "locale": "auto",
                "expires_at": int((self._clock.now() + term + MARGIN).timestamp()),
                "success_url": back,
                "cancel_url": back,
            },
            {"idempotency_key": f"{request.attempt_id}:checkout"},
        )

    def _opened_before(self, attempt_id: str, customer: str) -> Facts | None:
        listed = self._client.v1.checkout.sessions.list({"customer": customer, "limit": PAGE})
        for session in listed.auto_paging_iter():
            if session.client_reference_id == attempt_id:
                return plain(session)
        return None


def _line(request: ChargeRequest) -> SessionCreateParamsLineItem:
    return {
        "quantity": 1,
        "price_data": {
            "currency": request.amount.currency.lower(),
            "unit_amount": request.amount.minor,
            "product_data": {"name": request.description},
        },
    }
