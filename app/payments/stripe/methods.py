"""Saved cards: renewed by the card network, detached, forgotten (H2, H6)."""

from __future__ import annotations

from stripe import InvalidRequestError, StripeClient

from app.billing.provider import MethodReport
from app.payments.stripe.client import plain
from app.payments.stripe.errors import is_missing
from app.payments.stripe.reading import saved_method


class Methods:
    """Reads and forgets saved cards. Every method raises StripeError."""

    def __init__(self, client: StripeClient) -> None:
        self._client = client

    def find(self, token: str) -> MethodReport:
        """The card as it stands now: without a method when it belongs to no customer any more."""
        try:
            method = plain(self._client.v1.payment_methods.retrieve(token))
        except InvalidRequestError as error:
            if is_missing(error):
                return MethodReport(token, None)
            raise
        attached = method.get("customer") is not None
        return MethodReport(token, saved_method(method) if attached else None)

    def forget(self, token: str) -> bool:
        """Detach the card: it can never be charged again. One that is detached already is forgotten."""
        try:
            self._client.v1.payment_methods.detach(token)
        except InvalidRequestError:
            return self.find(token).method is None
        return True
