"""Charges of saved cards without the customer (G3, H2)."""

from __future__ import annotations

from stripe import CardError, InvalidRequestError, PaymentIntent, StripeClient

from app.billing.payment import ChargeOutcome, ChargeRequest, OutcomeKind
from app.payments.stripe.client import plain
from app.payments.stripe.declines import AUTHENTICATION, REFUSED_REQUESTS
from app.payments.stripe.errors import is_missing, report
from app.payments.stripe.pages import CONFIRMATION_TERM, Pages
from app.payments.stripe.reading import ATTEMPT, CHARGE_FLOW, FLOW, failed, intent_outcome

METHOD_GONE = ChargeOutcome(OutcomeKind.FAILED, failure_code="payment_method_gone", retry=False)


class Charges:
    """Takes the money of an attempt from a saved card."""

    def __init__(self, client: StripeClient, pages: Pages) -> None:
        self._client = client
        self._pages = pages

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge the card once, whatever happens: the key is the attempt's id. Raises StripeError.

        Where the bank wants the customer, this payment is cancelled, so that it can't be paid any more, and
        a page for the same attempt takes its place.
        """
        customer = self._owner_of(request.method_token)
        if customer is None:
            return METHOD_GONE
        try:
            intent = plain(self._create(request, customer))
        except CardError as error:
            return self._declined(request, customer, error)
        except InvalidRequestError as error:
            if error.code in REFUSED_REQUESTS:
                return failed(error.code, "do_not_try_again")
            raise
        if intent["status"] == "requires_action":
            return self._ask_the_customer(request, customer, intent["id"])
        return intent_outcome(intent)

    def _owner_of(self, token: str | None) -> str | None:
        """The customer under whom the card is kept; None when it was detached or never existed."""
        if token is None:
            return None
        try:
            method = plain(self._client.v1.payment_methods.retrieve(token))
        except InvalidRequestError as error:
            if is_missing(error):
                return None
            raise
        return method.get("customer")

    def _create(self, request: ChargeRequest, customer: str) -> PaymentIntent:
        return self._client.v1.payment_intents.create(
            {
                "amount": request.amount.minor,
                "currency": request.amount.currency.lower(),
                "customer": customer,
                "payment_method": request.method_token or "",
                "allowed_payment_method_types": ["card"],
                "confirm": True,
                "off_session": True,
                "description": request.description,
                "metadata": {ATTEMPT: request.attempt_id, FLOW: CHARGE_FLOW},
                "expand": ["latest_charge", "payment_method"],
            },
            {"idempotency_key": request.attempt_id},
        )

    def _declined(self, request: ChargeRequest, customer: str, error: CardError) -> ChargeOutcome:
        facts = plain(error.error) if error.error else {}
        intent_id = (facts.get("payment_intent") or {}).get("id")
        code = facts.get("decline_code") or error.code or "card_declined"
        if code in AUTHENTICATION and intent_id:
            return self._ask_the_customer(request, customer, intent_id)
        return failed(code, facts.get("advice_code"), intent_id)

    def _ask_the_customer(self, request: ChargeRequest, customer: str, intent_id: str) -> ChargeOutcome:
        cancelled = self._pages.cancel(intent_id)
        if cancelled["status"] != "canceled":
            return intent_outcome(cancelled)
        if not self._pages.leads_back:
            return failed("authentication_required", reference=intent_id)
        try:
            return self._pages.open(request, customer, CONFIRMATION_TERM)
        except InvalidRequestError as error:
            report(error, "confirmation page", request.attempt_id)
            return failed("authentication_required", reference=intent_id)
