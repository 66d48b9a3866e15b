"""Finds out how an attempt stands when only its id is known.

Stripe finds objects by metadata only through a search index that may be minutes late, so its silence proves
nothing. Its lists are never late, but can only be narrowed by time. Together they leave no gap: what is
younger than the window stands in the lists, what is older has long been in the index. So NOT_FOUND is
definite, and a charge asked for again under its key within the retention is safe (faults 2, 12-15).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from stripe import StripeClient

from app.billing.payment import ChargeOutcome, OutcomeKind
from app.billing.ports import Clock
from app.payments.stripe.client import PAGE, Facts, plain
from app.payments.stripe.pages import Pages
from app.payments.stripe.reading import ATTEMPT, id_of, intent_outcome

WINDOW = timedelta(hours=25)
"""Longer than a key is remembered and than a page can stay open (24 h each)."""

WEIGHT = (
    OutcomeKind.SUCCEEDED,
    OutcomeKind.UNKNOWN,
    OutcomeKind.AWAITING_CUSTOMER,
    OutcomeKind.ABANDONED,
    OutcomeKind.FAILED,
    OutcomeKind.NOT_FOUND,
)
"""Of several payments of one attempt the first in this order is its state: money before everything, and a
page that waits or was given up before the charge that it replaced."""


class Lookup:
    """Looks for an attempt's pages and payments. Every method raises StripeError."""

    def __init__(self, client: StripeClient, clock: Clock, pages: Pages) -> None:
        self._client = client
        self._clock = clock
        self._pages = pages

    def find(self, attempt_id: str) -> ChargeOutcome:
        """The present state of an attempt; NOT_FOUND only when Stripe certainly never heard of it."""
        intents = {}
        for intent_id in self._indexed(attempt_id):
            intents[intent_id] = intent_outcome(self._pages.intent(intent_id))
            if intents[intent_id].kind is OutcomeKind.SUCCEEDED:
                return intents[intent_id]
        sessions = list(self.sessions(attempt_id))
        for intent_id in self._recent(attempt_id):
            if intent_id not in intents:
                intents[intent_id] = intent_outcome(self._pages.intent(intent_id))
        for session in sessions:  # a page speaks for the payment that was made on it
            intents.pop(id_of(session["payment_intent"]) or "", None)
        return _weightiest([*map(self._pages.outcome, sessions), *intents.values()])

    def close(self, attempt_id: str) -> ChargeOutcome:
        """Close whatever page of the attempt is open; answers how the attempt ended."""
        for session in self.sessions(attempt_id):
            if session["status"] == "open":
                self._pages.close(session)
        return self.find(attempt_id)

    def sessions(self, reference: str, window: timedelta = WINDOW) -> Iterator[Facts]:
        """The pages that were opened for an attempt or a setup within the window."""
        listed = self._client.v1.checkout.sessions.list(
            {"created": {"gte": self._since(window)}, "limit": PAGE}
        )
        for session in listed.auto_paging_iter():
            if session.client_reference_id == reference:
                yield plain(session)

    def _indexed(self, attempt_id: str) -> list[str]:
        found = self._client.v1.payment_intents.search(
            {"query": f"metadata['{ATTEMPT}']:'{attempt_id}'", "limit": PAGE}
        )
        return [intent.id for intent in found.data]

    def _recent(self, attempt_id: str) -> list[str]:
        listed = self._client.v1.payment_intents.list(
            {"created": {"gte": self._since(WINDOW)}, "limit": PAGE}
        )
        every = map(plain, listed.auto_paging_iter())
        return [each["id"] for each in every if (each.get("metadata") or {}).get(ATTEMPT) == attempt_id]

    def _since(self, window: timedelta) -> int:
        return int((self._clock.now() - window).timestamp())


def _weightiest(outcomes: Iterable[ChargeOutcome]) -> ChargeOutcome:
    nothing = ChargeOutcome(OutcomeKind.NOT_FOUND)
    return min(outcomes, key=lambda each: WEIGHT.index(each.kind), default=nothing)
