"""A provider that answers as a test wants: behind the same port as the built-in acquirer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.billing.money import Money
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


class Bank:
    """A provider that takes the money unless told otherwise, and knows afterwards what it took."""

    name = "test"
    retention = timedelta(hours=24)

    def __init__(self) -> None:
        self.refusals: dict[str, ChargeOutcome] = {}
        """What it answers for a method's token instead of taking the money."""
        self.silent = False
        """It does what it was asked for, but the answer gets lost."""
        self.deaf = False
        """It does not even hear what it is asked for."""
        self.requests: list[ChargeRequest] = []
        self.before_answer: Callable[[ChargeRequest], None] = lambda request: None
        self.outcomes: dict[str, ChargeOutcome] = {}
        """What became of each attempt."""

    @property
    def taken(self) -> list[Money]:
        """The money that was really taken, in the order of the charges."""
        amounts = [each.amount for each in self.outcomes.values() if each.kind is OutcomeKind.SUCCEEDED]
        return [amount for amount in amounts if amount is not None]

    def refuse(self, token: str, code: str = "declined", *, retry: bool = True) -> None:
        """Decline this method from now on; without `retry` for good."""
        self.refusals[token] = ChargeOutcome(OutcomeKind.FAILED, failure_code=code, retry=retry)

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open a page; it stays open until it is closed."""
        page = ChargeOutcome(OutcomeKind.AWAITING_CUSTOMER, redirect_url=f"http://bank/{request.attempt_id}")
        return self.outcomes.setdefault(request.attempt_id, page)

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Take the money once per key."""
        self.requests.append(request)
        self.before_answer(request)
        if self.deaf:
            return ChargeOutcome(OutcomeKind.UNKNOWN)
        success = ChargeOutcome(
            OutcomeKind.SUCCEEDED, f"ch-{len(self.requests)}-{request.attempt_id}", amount=request.amount
        )
        answer = self.refusals.get(request.method_token or "", success)
        outcome = self.outcomes.setdefault(request.attempt_id, answer)
        return ChargeOutcome(OutcomeKind.UNKNOWN) if self.silent else outcome

    def find(self, attempt_id: str) -> ChargeOutcome:
        """What became of it."""
        if self.deaf:
            return ChargeOutcome(OutcomeKind.UNKNOWN)
        return self.outcomes.get(attempt_id, ChargeOutcome(OutcomeKind.NOT_FOUND))

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Close a page unless it was paid."""
        if self.find(attempt_id).kind is OutcomeKind.AWAITING_CUSTOMER:
            self.outcomes[attempt_id] = ChargeOutcome(OutcomeKind.ABANDONED)
        return self.find(attempt_id)

    def pay(self, attempt_id: str, amount: Money) -> None:
        """What the customer does on the open page."""
        self.outcomes[attempt_id] = ChargeOutcome(OutcomeKind.SUCCEEDED, f"ch-{attempt_id}", amount=amount)

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Believe everybody."""
        return GatewayEvent(body.decode(), "charge.updated", None)
