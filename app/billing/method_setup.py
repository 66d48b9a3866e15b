"""Adding a payment method without paying (H6): how the page on which it is added may end."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from app.billing.provider import SetupOutcomeKind
from app.billing.transitions import TransitionTable


class SetupState(StrEnum):
    """What is known about one page on which a customer adds a method."""

    STARTED = "started"
    """The provider gave no definite answer yet."""
    AWAITING_CUSTOMER = "awaiting_customer"
    SAVED = "saved"
    FAILED = "failed"


OPEN_SETUPS = frozenset({SetupState.STARTED, SetupState.AWAITING_CUSTOMER})
"""Pages whose end is still to come."""

SETUP_TRANSITIONS = TransitionTable(
    kind="method_setup",
    allowed={
        SetupState.STARTED: frozenset({SetupState.AWAITING_CUSTOMER, SetupState.SAVED, SetupState.FAILED}),
        SetupState.AWAITING_CUSTOMER: frozenset({SetupState.SAVED, SetupState.FAILED}),
        SetupState.SAVED: frozenset(),
        SetupState.FAILED: frozenset(),
    },
)

SETUP_TERM = timedelta(hours=3)
"""After this nobody asks by themselves how a page ended; a customer who comes back later is still heard."""

STATE_OF_OUTCOME = {
    SetupOutcomeKind.SAVED: SetupState.SAVED,
    SetupOutcomeKind.AWAITING_CUSTOMER: SetupState.AWAITING_CUSTOMER,
    SetupOutcomeKind.FAILED: SetupState.FAILED,
    SetupOutcomeKind.NOT_FOUND: SetupState.FAILED,
    SetupOutcomeKind.UNKNOWN: SetupState.STARTED,
}
"""Where the answer of a provider leads."""
