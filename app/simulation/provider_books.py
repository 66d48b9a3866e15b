"""The provider's own books: what it was asked for and what it took, whatever we believe."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.billing.money import Money
from app.billing.payment import ChargeOutcome, ChargeRequest, OutcomeKind
from app.simulation.cards import Card

PAGE_TERM = timedelta(minutes=30)
PAGES = "https://provider.test/pay"


class ChargeState(StrEnum):
    """How a charge stands at the provider."""

    OPEN = "open"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(slots=True)
class Charge:
    """One entry. `key` is the idempotency key, `invoice` the number that we gave as the description."""

    reference: str
    key: str
    invoice: str
    customer: str
    amount: Money
    state: ChargeState
    asked_at: datetime
    card: Card | None = None
    by_customer: bool = False
    """The customer stood at the provider's page."""
    failure_code: str | None = None
    retry: bool = False
    ended_at: datetime | None = None

    @property
    def has_succeeded(self) -> bool:
        """Whether its money was taken."""
        return self.state is ChargeState.SUCCEEDED

    def outcome(self) -> ChargeOutcome:
        """What the provider says about it."""
        match self.state:
            case ChargeState.SUCCEEDED:
                saved = self.card.saved() if self.card is not None else None
                return ChargeOutcome(
                    OutcomeKind.SUCCEEDED, reference=self.reference, amount=self.amount, method=saved
                )
            case ChargeState.FAILED:
                return ChargeOutcome(
                    OutcomeKind.FAILED,
                    reference=self.reference,
                    failure_code=self.failure_code,
                    retry=self.retry,
                )
            case ChargeState.CLOSED:
                return ChargeOutcome(OutcomeKind.ABANDONED, reference=self.reference)
            case ChargeState.OPEN:
                page = f"{PAGES}/{self.key}"
                return ChargeOutcome(
                    OutcomeKind.AWAITING_CUSTOMER, reference=self.reference, redirect_url=page
                )
            case ChargeState.PROCESSING:
                return ChargeOutcome(OutcomeKind.UNKNOWN)

    def end(self, now: datetime) -> None:
        """Decide a charge by its card."""
        assert self.card is not None, "only a card is charged"
        refusal = self.card.refusal(now)
        self.state = ChargeState.SUCCEEDED if refusal is None else ChargeState.FAILED
        if refusal is not None:
            self.failure_code, self.retry = refusal
        self.ended_at = now


class ProviderBooks:
    """Every charge that the provider was ever asked for."""

    def __init__(self, retention: timedelta) -> None:
        self.charges: list[Charge] = []
        self._retention = retention
        self._by_key: dict[str, list[Charge]] = defaultdict(list)
        self._by_reference: dict[str, Charge] = {}

    def enter(self, request: ChargeRequest, state: ChargeState, card: Card | None, now: datetime) -> Charge:
        """A new entry for the request."""
        charge = Charge(
            reference=f"ch-{len(self.charges) + 1}",
            key=request.attempt_id,
            invoice=request.description,
            customer=request.customer_reference,
            amount=request.amount,
            state=state,
            asked_at=now,
            card=card,
            by_customer=state is ChargeState.OPEN,
        )
        self.charges.append(charge)
        self._by_key[charge.key].append(charge)
        self._by_reference[charge.reference] = charge
        return charge

    def find(self, key: str) -> Charge | None:
        """The last entry with this key, however old."""
        held = self._by_key.get(key)
        return held[-1] if held else None

    def remembered(self, key: str, now: datetime) -> Charge | None:
        """The entry with this key while the provider remembers keys: afterwards it charges again."""
        charge = self.find(key)
        return charge if charge is not None and now - charge.asked_at < self._retention else None

    def of_reference(self, reference: str) -> Charge:
        """The entry that is called so. Raises KeyError."""
        return self._by_reference[reference]

    def succeeded(self) -> list[Charge]:
        """Every charge whose money was taken."""
        return [charge for charge in self.charges if charge.has_succeeded]
