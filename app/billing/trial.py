"""The trial: 7 × 24 hours, up to three standard connectors, once per customer (C1-C3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing.errors import Conflict
from app.billing.periods import Period


class TrialRefused(Conflict):
    """A trial can't start; the code says why."""

    code = "TRIAL_REFUSED"


@dataclass(frozen=True, slots=True)
class TrialPolicy:
    """The numbers of the trial as data."""

    length: timedelta = timedelta(hours=7 * 24)
    connectors: int = 3
    notice: timedelta = timedelta(days=2)


TRIAL_POLICY = TrialPolicy()


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """What decides whether this customer may have a trial of these connectors."""

    activated: bool
    used_before: bool
    """This customer, or another with the same e-mail, ИНН or card, has had a trial."""
    chosen: tuple[int, ...]
    eligible: frozenset[int]
    """Ids of the standard, trial-eligible, published connectors."""


def trial_period(facts: TrialFacts, now: datetime, policy: TrialPolicy = TRIAL_POLICY) -> Period:
    """The time that the trial lasts, starting now.

    Raises TrialRefused: NOT_ACTIVATED, TRIAL_USED, TRIAL_NOTHING_CHOSEN, TRIAL_TOO_MANY,
    TRIAL_NOT_ELIGIBLE.
    """
    chosen = set(facts.chosen)
    if not facts.activated:
        raise TrialRefused(code="NOT_ACTIVATED")
    if facts.used_before:
        raise TrialRefused(code="TRIAL_USED")
    if not chosen:
        raise TrialRefused(code="TRIAL_NOTHING_CHOSEN")
    if len(chosen) > policy.connectors:
        raise TrialRefused(code="TRIAL_TOO_MANY")
    if not chosen <= facts.eligible:
        raise TrialRefused(code="TRIAL_NOT_ELIGIBLE")
    return Period(start=now, end=now + policy.length)


def canonical_email(email: str) -> str:
    """The form of an address under which a second trial is recognised: lower case, no «+tag»."""
    mailbox, _, domain = email.strip().lower().rpartition("@")
    return f"{mailbox.split('+', 1)[0]}@{domain}"
