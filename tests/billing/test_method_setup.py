"""Adding a method: every answer of a provider leads somewhere, and an end stays the end."""

from __future__ import annotations

import pytest

from app.billing.method_setup import OPEN_SETUPS, SETUP_TRANSITIONS, STATE_OF_OUTCOME, SetupState
from app.billing.provider import SetupOutcomeKind


def test_every_answer_of_a_provider_leads_somewhere() -> None:
    assert set(STATE_OF_OUTCOME) == set(SetupOutcomeKind)


@pytest.mark.parametrize("end", [SetupState.SAVED, SetupState.FAILED])
def test_an_end_stays_the_end_and_is_reached_from_everywhere(end: SetupState) -> None:
    assert [state for state in SetupState if SETUP_TRANSITIONS.permits(end, state)] == []
    assert {state for state in SetupState if SETUP_TRANSITIONS.permits(state, end)} == OPEN_SETUPS


def test_no_answer_moves_nothing() -> None:
    unknown = STATE_OF_OUTCOME[SetupOutcomeKind.UNKNOWN]

    assert not any(SETUP_TRANSITIONS.permits(state, unknown) for state in SetupState)
