"""Acquirers for the measurement of renewals: one that answers at once, and one that looks at what we do."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, select

from app.billing.payment import AttemptState, ChargeOutcome, ChargeRequest
from app.models import PaymentAttempt
from app.payments.test_acquirer.gateway import TestAcquirer
from app.payments.test_acquirer.ledger import AcquirerLedger, Charge
from app.repositories.clock import SystemClock

ANSWER_SECONDS = 0.02


class BooksInMemory(AcquirerLedger):
    """The acquirer's books without a file: it costs next to nothing to be asked."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))
        self._charges: dict[str, Charge] = {}

    def record(self, charge: Charge) -> Charge:
        """Enter a charge; a key that is known already gives back what was entered first."""
        return self._charges.setdefault(charge.idempotency_key, charge)

    def find(self, idempotency_key: str) -> Charge | None:
        """The charge with this key."""
        return self._charges.get(idempotency_key)

    def finish(
        self, idempotency_key: str, state: str, token: str | None = None, failure_code: str | None = None
    ) -> Charge:
        """End an open charge; one that has ended stays as it is."""
        charge = self._charges[idempotency_key]
        if charge.state == "open":
            charge = replace(charge, state=state, token=token, failure_code=failure_code)
            self._charges[idempotency_key] = charge
        return charge

    def succeeded(self) -> list[Charge]:
        """Every charge whose money was taken."""
        return [charge for charge in self._charges.values() if charge.state == "succeeded"]


class InstantAcquirer(TestAcquirer):
    """The built-in acquirer with its books in memory."""

    def __init__(self) -> None:
        super().__init__(BooksInMemory(), "http://localhost", "unused", SystemClock())


class WatchingAcquirer(InstantAcquirer):
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
