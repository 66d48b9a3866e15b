"""A provider that answers as a test wants: behind the same port as the built-in acquirer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.billing.payment import ChargeOutcome, ChargeRequest, GatewayEvent, OutcomeKind, SavedMethod

METHOD = SavedMethod("pm:1", "Visa", "4242", "print-1")


@dataclass
class ScriptedGateway:
    """Answers every question with `answer` and remembers what was asked."""

    answer: ChargeOutcome
    name: str = "test"
    retention: timedelta = timedelta(hours=24)
    asked: list[str] = field(default_factory=list)
    requests: list[ChargeRequest] = field(default_factory=list)
    before_answer: Callable[[ChargeRequest], None] = lambda request: None

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Answer as told."""
        return self._take("open_checkout", request)

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Answer as told."""
        return self._take("charge", request)

    def find(self, attempt_id: str) -> ChargeOutcome:
        """Answer as told."""
        self.asked.append("find")
        return self.answer

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Answer as told."""
        self.asked.append("close_checkout")
        return self.answer

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Believe everybody."""
        return GatewayEvent(body.decode(), "charge.updated", None)

    def _take(self, what: str, request: ChargeRequest) -> ChargeOutcome:
        self.asked.append(what)
        self.requests.append(request)
        self.before_answer(request)
        return self.answer


def silent() -> ScriptedGateway:
    """A provider that can't be reached."""
    return ScriptedGateway(ChargeOutcome(OutcomeKind.UNKNOWN))
