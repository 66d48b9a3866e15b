"""Refunds: what the policy gives back of a paid line, who approves it, what it is taken from (H7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.billing.approval import limit_in, require_another_person
from app.billing.errors import InvalidInput
from app.billing.money import Money, total
from app.billing.periods import BillingInterval, Period, last_day_of, local_date, local_days
from app.billing.transitions import TransitionTable

_DAY = timedelta(days=1)


class RefundStatus(StrEnum):
    """Where a refund is on its way."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENDING = "sending"
    REJECTED = "rejected"
    SENT = "sent"
    FAILED = "failed"


REFUND_TRANSITIONS = TransitionTable(
    kind="refund",
    allowed={
        RefundStatus.REQUESTED: frozenset({RefundStatus.APPROVED, RefundStatus.REJECTED}),
        RefundStatus.APPROVED: frozenset({RefundStatus.SENDING, RefundStatus.SENT, RefundStatus.FAILED}),
        RefundStatus.SENDING: frozenset({RefundStatus.SENT, RefundStatus.FAILED}),
        RefundStatus.REJECTED: frozenset(),
        RefundStatus.SENT: frozenset({RefundStatus.FAILED}),
        RefundStatus.FAILED: frozenset({RefundStatus.APPROVED, RefundStatus.SENT}),
    },
)
"""Money that was sent may come back: sent, then failed. A failed refund is sent once more (approved), or it
has reached the customer after all, be it on the balance (sent). One that a provider was or may have been
asked to send is being sent (sending): only a definite answer ends that."""


class RefundSource(StrEnum):
    """How a refund came about."""

    REQUESTED = "requested"
    """Asked for in the portal or by staff, and decided by the policy and a person."""
    MADE_AT_PROVIDER = "made_at_provider"
    """Somebody made it on the provider's own page: the money had left when we heard of it."""


class RefundKind(StrEnum):
    """How much the policy gives back."""

    FULL = "full"
    UNUSED_PART = "unused_part"
    NONE = "none"


class RefundCode(StrEnum):
    """Why so much or nothing; stable, shown to customers and staff."""

    FIRST_DAYS = "FIRST_DAYS"
    UNUSED_PART = "UNUSED_PART"
    NOTHING_PAID = "NOTHING_PAID"
    ALREADY_REFUNDED = "ALREADY_REFUNDED"
    PERIOD_OVER = "PERIOD_OVER"
    NO_REFUND_FOR_MONTH = "NO_REFUND_FOR_MONTH"
    NOTHING_UNUSED = "NOTHING_UNUSED"


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """The numbers of refunds as data."""

    full_within: timedelta = timedelta(hours=7 * 24)
    """From the first payment for the subscription, its last instant included; never from a renewal."""
    unused_part_of: frozenset[BillingInterval] = frozenset({BillingInterval.YEAR})
    """Periods whose unused days are paid back after they have begun."""
    approval_limits: tuple[Money, ...] = (Money(50_000_00, "RUB"), Money(500_00, "USD"), Money(500_00, "EUR"))
    """The highest refund, one per currency, that the person who entered it may approve."""


REFUND_POLICY = RefundPolicy()


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A line of a paid invoice, and when its money was asked back."""

    first_paid_at: datetime | None
    """The first payment ever for the subscription."""
    period: Period
    """What the line paid for."""
    interval: BillingInterval
    paid: Money
    """The line after discounts, however it was paid: balance is money, goodwill is a discount."""
    refunded: Money
    """What was given back of the line or is owed: all other refunds of it that were not rejected. A failed
    one counts, because it is sent again."""
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class RefundDecision:
    """What the policy gives. Without a refund the amount is zero and access stays as it is (F4)."""

    kind: RefundKind
    code: RefundCode
    amount: Money
    unused_days: int = 0
    """Local days from the day after the request to the period's end; counted for an unused part only."""
    last_day_of_access: date | None = None
    """The last local day that the line gives access on when the refund is approved now; for a period that
    has not begun the day before it, so that what runs until then goes on."""


def decide_refund(facts: RefundFacts, policy: RefundPolicy, now: datetime) -> RefundDecision:
    """What goes back of a paid line, by the policy (H7, seed 004). Never raises for well-formed facts.

    All that is left within 7 × 24 hours of the first payment for the subscription. Later, of a yearly
    period, unused days × paid ÷ local days of the period, rounded down; the day of the request is used.
    Of a monthly period that has begun, nothing. A period that has not begun is unused as a whole.
    What was refunded before counts against it, so that the sum of all refunds is never above the price of
    the unused days, nor above what was paid. The request's instant decides, not that of the approval;
    `now` decides only how long access lasts.
    """
    nothing = _refusal(facts)
    if nothing is not None:
        return _no_refund(facts, nothing)
    if _in_first_days(facts, policy):
        left = facts.paid - facts.refunded
        return RefundDecision(
            RefundKind.FULL, RefundCode.FIRST_DAYS, left, last_day_of_access=_last_day_of_access(facts, now)
        )
    if _has_begun(facts) and facts.interval not in policy.unused_part_of:
        return _no_refund(facts, RefundCode.NO_REFUND_FOR_MONTH)
    return _unused_part(facts, now)


def require_approver(requested_by: str, approver: str, amount: Money, policy: RefundPolicy) -> None:
    """Refuse an approver who asked for a refund above the limit of its currency.

    Both are written in the same way, with the kind of actor, so that a customer's id never looks like a
    colleague's name. Raises SecondPersonRequired (NotPermitted, code SECOND_PERSON_REQUIRED).
    """
    if limit_in(policy.approval_limits, amount.currency) < amount:
        require_another_person(requested_by, approver)


@dataclass(frozen=True, slots=True)
class RefundSplit:
    """How a refund is spread over the service months of its line, each part beside its month."""

    given: tuple[Money, ...]
    unused: tuple[Money, ...]
    amount: Money

    @property
    def service(self) -> Money:
        """The part that lowers the price of service given: КСФ, `ledger.service_refund_decided`."""
        return total(self.given, self.amount.currency)

    @property
    def prepayment(self) -> Money:
        """The part that gives back an advance: no document, `ledger.prepayment_refund_decided`."""
        return total(self.unused, self.amount.currency)


def split_refund(amount: Money, given: Sequence[Money], unused: Sequence[Money]) -> RefundSplit:
    """Spread a refund over the service months of a line.

    `given` are the months booked as given, `unused` all the others, each in order of time and at its gross
    after earlier refunds. The refund takes the unused months first, the latest first, each whole before the
    one before it; so the month that runs now is the last to be touched, and what is left of it is the price
    of its used days. Only what exceeds all unused months is taken from the given ones, again the latest
    first. Prepayment plus service is `amount`, exactly, and no month gives more than it has. Raises
    InvalidInput with the code REFUND_EXCEEDS_LINE for more than all months hold, REFUND_NOT_POSITIVE for
    nothing or less.
    """
    if amount.minor <= 0:
        raise InvalidInput("a refund gives something back", code="REFUND_NOT_POSITIVE")
    if total([*given, *unused], amount.currency) < amount:
        raise InvalidInput("a refund above what the line still holds", code="REFUND_EXCEEDS_LINE")
    taken = _taken_in_turn(amount, [*reversed(unused), *reversed(given)])
    return RefundSplit(
        given=tuple(reversed(taken[len(unused) :])),
        unused=tuple(reversed(taken[: len(unused)])),
        amount=amount,
    )


def _refusal(facts: RefundFacts) -> RefundCode | None:
    if facts.first_paid_at is None or not facts.paid:
        return RefundCode.NOTHING_PAID
    if facts.paid <= facts.refunded:
        return RefundCode.ALREADY_REFUNDED
    return RefundCode.PERIOD_OVER if facts.period.end <= facts.requested_at else None


def _no_refund(facts: RefundFacts, code: RefundCode) -> RefundDecision:
    return RefundDecision(RefundKind.NONE, code, Money.zero(facts.paid.currency))


def _in_first_days(facts: RefundFacts, policy: RefundPolicy) -> bool:
    assert facts.first_paid_at is not None, "a line that was never paid is refused before"
    return facts.requested_at - facts.first_paid_at <= policy.full_within


def _unused_part(facts: RefundFacts, now: datetime) -> RefundDecision:
    days = _unused_days(facts)
    value = Money(facts.paid.minor * days // local_days(facts.period), facts.paid.currency)
    if not value:
        return _no_refund(facts, RefundCode.NOTHING_UNUSED)
    if value <= facts.refunded:
        return _no_refund(facts, RefundCode.ALREADY_REFUNDED)
    return RefundDecision(
        RefundKind.UNUSED_PART,
        RefundCode.UNUSED_PART,
        value - facts.refunded,
        days,
        _last_day_of_access(facts, now),
    )


def _has_begun(facts: RefundFacts) -> bool:
    return facts.period.start <= facts.requested_at


def _unused_days(facts: RefundFacts) -> int:
    if not _has_begun(facts):
        return local_days(facts.period)
    return max(0, (local_date(facts.period.end) - local_date(facts.requested_at) - _DAY).days)


def _last_day_of_access(facts: RefundFacts, now: datetime) -> date:
    if now < facts.period.start:
        return local_date(facts.period.start) - _DAY
    return min(local_date(now), last_day_of(facts.period))


def _taken_in_turn(amount: Money, months: Iterable[Money]) -> list[Money]:
    """What each month gives when each gives all it has before the next is asked."""
    taken = []
    for month in months:
        part = min(amount, month)
        taken.append(part)
        amount -= part
    return taken
