"""Compensation for trouble: extra days, goodwill, a discount; each with a reason and an approver (H7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.billing.approval import limit_in, require_another_person
from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.tax import BASIS_POINTS
from app.billing.transitions import TransitionTable


class CompensationKind(StrEnum):
    """What the customer is given."""

    EXTRA_DAYS = "extra_days"
    """The running period of a subscription ends later."""
    BALANCE = "balance"
    """Goodwill on the balance: a discount when it is used, never money."""
    DISCOUNT = "discount"
    """A part off the price of the next period."""


class CompensationStatus(StrEnum):
    """Where a compensation is on its way."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    APPLIED = "applied"


COMPENSATION_TRANSITIONS = TransitionTable(
    kind="compensation",
    allowed={
        CompensationStatus.REQUESTED: frozenset({CompensationStatus.APPROVED, CompensationStatus.REJECTED}),
        CompensationStatus.APPROVED: frozenset({CompensationStatus.APPLIED}),
        CompensationStatus.REJECTED: frozenset(),
        CompensationStatus.APPLIED: frozenset(),
    },
)
"""What was approved is a promise: it is applied, or it waits for a next period; it is not taken back."""


@dataclass(frozen=True, slots=True)
class CompensationPolicy:
    """The limits of compensation as data; percents in basis points, one amount per currency."""

    max_days: int = 90
    max_amounts: tuple[Money, ...] = (
        Money(100_000_00, "RUB"),
        Money(1_000_00, "USD"),
        Money(1_000_00, "EUR"),
    )
    max_percent: int = BASIS_POINTS
    approval_days: int = 14
    approval_amounts: tuple[Money, ...] = (
        Money(10_000_00, "RUB"),
        Money(100_00, "USD"),
        Money(100_00, "EUR"),
    )
    approval_percent: int = BASIS_POINTS // 2
    """The most of each kind that the person who asked for it may approve."""


COMPENSATION_POLICY = CompensationPolicy()


@dataclass(frozen=True, slots=True)
class CompensationFacts:
    """What is asked for; exactly the value of its kind is set."""

    kind: CompensationKind
    reason: str
    days: int | None = None
    amount: Money | None = None
    percent: int | None = None
    """In basis points."""


def validate_compensation(facts: CompensationFacts, policy: CompensationPolicy = COMPENSATION_POLICY) -> None:
    """Refuse a compensation that the policy does not know or that is beyond its limits.

    Raises InvalidInput with a code: COMPENSATION_WITHOUT_REASON, COMPENSATION_NOT_OF_ITS_KIND (the value
    of the kind is missing, or another is set), COMPENSATION_DAYS, COMPENSATION_AMOUNT,
    COMPENSATION_PERCENT (not above zero, or above the limit).
    """
    if not facts.reason.strip():
        raise InvalidInput(code="COMPENSATION_WITHOUT_REASON")
    if _kinds_given(facts) != [facts.kind]:
        raise InvalidInput(code="COMPENSATION_NOT_OF_ITS_KIND")
    if facts.days is not None and not 0 < facts.days <= policy.max_days:
        raise InvalidInput(f"{facts.days} days", code="COMPENSATION_DAYS")
    if facts.amount is not None and not _is_within(facts.amount, policy.max_amounts):
        raise InvalidInput(f"{facts.amount.minor} {facts.amount.currency}", code="COMPENSATION_AMOUNT")
    if facts.percent is not None and not 0 < facts.percent <= policy.max_percent:
        raise InvalidInput(f"{facts.percent} basis points", code="COMPENSATION_PERCENT")


def needs_second_person(facts: CompensationFacts, policy: CompensationPolicy = COMPENSATION_POLICY) -> bool:
    """Whether it is above the limit up to which whoever asks may also approve."""
    return (
        (facts.days or 0) > policy.approval_days
        or (facts.percent or 0) > policy.approval_percent
        or (facts.amount is not None and not _is_within(facts.amount, policy.approval_amounts))
    )


def require_compensation_approver(
    requested_by: str,
    approver: str,
    facts: CompensationFacts,
    policy: CompensationPolicy = COMPENSATION_POLICY,
) -> None:
    """Refuse an approver who asked for a compensation above the limit.

    The names are written as for `refunds.require_approver`. Raises SecondPersonRequired (NotPermitted, code
    SECOND_PERSON_REQUIRED).
    """
    if needs_second_person(facts, policy):
        require_another_person(requested_by, approver)


def _kinds_given(facts: CompensationFacts) -> list[CompensationKind]:
    values = {
        CompensationKind.EXTRA_DAYS: facts.days,
        CompensationKind.BALANCE: facts.amount,
        CompensationKind.DISCOUNT: facts.percent,
    }
    return [kind for kind, value in values.items() if value is not None]


def _is_within(amount: Money, limits: tuple[Money, ...]) -> bool:
    return Money.zero(amount.currency) < amount <= limit_in(limits, amount.currency)
