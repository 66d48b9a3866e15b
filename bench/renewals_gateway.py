"""Gateways for the measurement of renewals: one that answers at once, and one that looks at what we do."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select

from app.billing.errors import InvalidInput
from app.billing.payment import (
    AttemptState,
    ChargeOutcome,
    ChargeRequest,
    GatewayEvent,
    OutcomeKind,
    SavedMethod,
)
from app.models import PaymentAttempt

ANSWER_SECONDS = 0.02


class InstantGateway:
    """Takes the money of every saved method at once and remembers what it took; it has no page to pay on."""

    name = "test"
    retention = timedelta(hours=24)

    def __init__(self) -> None:
        self._taken: dict[str, ChargeOutcome] = {}

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved method; the same attempt again is the same charge."""
        method = SavedMethod(request.method_token or "", "Visa", "4242", "tok_visa")
        outcome = ChargeOutcome(
            OutcomeKind.SUCCEEDED, f"ch_{request.attempt_id}", amount=request.amount, method=method
        )
        return self._taken.setdefault(request.attempt_id, outcome)

    def find(self, attempt_id: str) -> ChargeOutcome:
        """What was taken."""
        return self._taken.get(attempt_id) or ChargeOutcome(OutcomeKind.NOT_FOUND)

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Renewals need no page: there is none that could be paid."""
        return ChargeOutcome(OutcomeKind.FAILED, failure_code="no_page")

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """There is never a page to close; tells what was taken."""
        return self.find(attempt_id)

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """It sends no webhooks, so no signature is good."""
        raise InvalidInput("nobody signs for this gateway", code="BAD_SIGNATURE")


class WatchingGateway(InstantGateway):
    """Takes its time like a real one, and sees whether the claim is on disk and how many ask at once."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._lock = threading.Lock()
        self._asking = 0
        self.most_in_flight = 0
        self.claimed_before: list[bool] = []

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved method."""
        with self._lock:
            self._asking += 1
            self.most_in_flight = max(self.most_in_flight, self._asking)
        with self._engine.connect() as connection:
            claim = select(PaymentAttempt.state).where(PaymentAttempt.id == UUID(request.attempt_id))
            self.claimed_before.append(connection.scalar(claim) is AttemptState.STARTED)
        time.sleep(ANSWER_SECONDS)
        with self._lock:
            self._asking -= 1
        return super().charge(request)
