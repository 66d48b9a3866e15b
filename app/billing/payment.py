"""Charges: claim, call, settle (design §2.5). What a gateway may answer and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.billing.money import Money
from app.billing.transitions import TransitionTable


class AttemptState(StrEnum):
    """What is known about one attempt to take the money of one invoice."""

    STARTED = "started"
    UNKNOWN = "unknown"
    AWAITING_CUSTOMER = "awaiting_customer"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABANDONED = "abandoned"


IN_DOUBT = frozenset({AttemptState.STARTED, AttemptState.UNKNOWN})
"""Money may have moved: no other attempt on this invoice may start."""

UNSETTLED = IN_DOUBT | {AttemptState.AWAITING_CUSTOMER}
"""Attempts whose end is still to come."""

ATTEMPT_TRANSITIONS = TransitionTable(
    kind="payment_attempt",
    allowed={
        AttemptState.STARTED: frozenset(set(AttemptState) - {AttemptState.STARTED}),
        AttemptState.UNKNOWN: frozenset(set(AttemptState) - {AttemptState.STARTED, AttemptState.UNKNOWN}),
        AttemptState.AWAITING_CUSTOMER: frozenset(
            {AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.ABANDONED}
        ),
        AttemptState.SUCCEEDED: frozenset(),
        AttemptState.FAILED: frozenset(),
        AttemptState.ABANDONED: frozenset({AttemptState.SUCCEEDED}),
    },
)
"""An abandoned attempt may still turn out to have succeeded: the money is then kept, never lost."""


class OutcomeKind(StrEnum):
    """What a gateway says about a charge, in our words."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    AWAITING_CUSTOMER = "awaiting_customer"
    ABANDONED = "abandoned"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A payment method that the provider keeps for us; only masked values are known here."""

    token: str
    brand: str
    last4: str
    fingerprint: str
    valid_until: date | None = None
    """The last day on which a card may be charged; None for what has none, as a wallet."""


@dataclass(frozen=True, slots=True)
class ChargeOutcome:
    """A definite or indefinite answer of a gateway about one attempt.

    `amount` is what was really taken; the caller compares it with what it asked for. `retry` says of
    a failure whether the same method may be charged again (false: a hard decline).
    """

    kind: OutcomeKind
    reference: str | None = None
    redirect_url: str | None = None
    amount: Money | None = None
    method: SavedMethod | None = None
    failure_code: str | None = None
    retry: bool = False
    risk: str | None = None
    """What the provider thinks of the risk, in its own word (Stripe Radar: normal, elevated, highest)."""


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What a gateway needs to take the money of one attempt. The idempotency key is the attempt's UUID."""

    attempt_id: str
    amount: Money
    description: str
    customer_reference: str
    method_token: str | None = None
    return_url: str | None = None


class EventSubject(StrEnum):
    """What a webhook speaks of; what is none of these is stored and ignored."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    METHOD = "method"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A verified webhook: whose attempt it speaks of. It is a hint to look, never proof of money."""

    event_id: str
    kind: str
    attempt_id: str | None
    subject: EventSubject = EventSubject.PAYMENT
    object_reference: str | None = None
    """The provider's name for the refund, dispute or method that it speaks of."""


JANITOR_AFTER = timedelta(seconds=30)
"""An attempt in doubt for longer than every timeout of the call is asked about at the provider."""
