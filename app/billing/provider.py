"""What providers do beside charging: send money back, keep methods, report disputes (H2, H3, H6, H7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.billing.money import Money
from app.billing.payment import SavedMethod


class RefundOutcomeKind(StrEnum):
    """What a gateway says about money that is to go back."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to send back by the way it came. `refund_id` is the idempotency key: the same every time."""

    refund_id: str
    payment_reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """A definite or indefinite answer about one refund. `retry` says of a failure whether to ask again."""

    kind: RefundOutcomeKind
    reference: str | None = None
    amount: Money | None = None
    failure_code: str | None = None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class RefundReport:
    """A refund as the provider has it now, whoever made it. `payment_reference` is that of the charge."""

    reference: str
    outcome: RefundOutcome
    """NOT_FOUND when the provider never heard of it."""
    payment_reference: str = ""
    mark: str | None = None
    """What our order wrote on it: its id. None, or another text, on one that was made at the provider."""


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """A page on which the customer adds a method without paying. `setup_id` is the idempotency key."""

    setup_id: str
    customer_reference: str
    return_url: str
    currency: str


class SetupOutcomeKind(StrEnum):
    """How adding a method stands."""

    SAVED = "saved"
    AWAITING_CUSTOMER = "awaiting_customer"
    FAILED = "failed"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SetupOutcome:
    """How adding a method stands; `method` only when it is saved."""

    kind: SetupOutcomeKind
    redirect_url: str | None = None
    method: SavedMethod | None = None
    failure_code: str | None = None


class DisputeState(StrEnum):
    """How a dispute stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """A dispute as the provider has it now. `payment_reference` is that of the charge."""

    reference: str
    payment_reference: str
    amount: Money
    state: DisputeState
    reason: str
    evidence_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class MethodReport:
    """A saved method as the provider has it now: renewed by the card network, or gone."""

    token: str
    method: SavedMethod | None
    """None when it can't be charged any more."""
