"""Dunning: retries on days 1, 3 and 7 from the first failure, then suspension (G4, design §4)."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.dunning import DUNNING_POLICY, DunningPolicy, after_failure, is_due, method_to_charge
from app.billing.entitlement import ACCESS_POLICY
from app.billing.subscription import SubscriptionStatus as Status
from tests.billing.facts import DAY, INSTANT, NOW

FIRST = NOW
MOMENTS = st.timedeltas(timedelta(), 400 * DAY)
METHODS = st.lists(st.integers(1, 9), unique=True)


@pytest.mark.parametrize(
    ("since_first", "next_after", "status"),
    [
        (timedelta(), 1 * DAY, Status.PAYMENT_PENDING),
        (INSTANT, 1 * DAY, Status.PAYMENT_PENDING),
        (1 * DAY - INSTANT, 1 * DAY, Status.PAYMENT_PENDING),
        (1 * DAY, 3 * DAY, Status.PAYMENT_PENDING),
        (2 * DAY, 3 * DAY, Status.PAYMENT_PENDING),
        (3 * DAY, 7 * DAY, Status.PAYMENT_PENDING),
        (7 * DAY - INSTANT, 7 * DAY, Status.PAYMENT_PENDING),
        (7 * DAY, None, Status.SUSPENDED),
        (7 * DAY + INSTANT, None, Status.SUSPENDED),
        (90 * DAY, None, Status.SUSPENDED),
    ],
)
def test_dates_count_from_the_first_failure(
    since_first: timedelta, next_after: timedelta | None, status: Status
) -> None:
    decision = after_failure(FIRST, FIRST + since_first)
    assert decision.first_failed_at == FIRST
    assert decision.next_attempt_at == (None if next_after is None else FIRST + next_after)
    assert decision.status is status


def test_without_an_earlier_failure_this_is_the_first() -> None:
    decision = after_failure(None, NOW)
    assert (decision.first_failed_at, decision.next_attempt_at) == (NOW, NOW + DAY)
    assert decision.status is Status.PAYMENT_PENDING


def test_the_dates_are_policy() -> None:
    assert DunningPolicy(retries=(DAY, 3 * DAY, 7 * DAY)) == DUNNING_POLICY
    once = DunningPolicy(retries=(2 * DAY,))
    assert after_failure(None, NOW, once).next_attempt_at == NOW + 2 * DAY
    assert after_failure(NOW, NOW + 2 * DAY, once).status is Status.SUSPENDED
    assert after_failure(None, NOW, DunningPolicy(retries=())).status is Status.SUSPENDED


def test_after_the_last_retry_three_days_of_access_are_left() -> None:
    assert ACCESS_POLICY.dunning - DUNNING_POLICY.retries[-1] == 3 * DAY


@given(MOMENTS)
def test_a_retry_is_always_ahead_and_ends_with_the_status(since_first: timedelta) -> None:
    now = FIRST + since_first
    decision = after_failure(FIRST, now)
    assert (decision.next_attempt_at is None) == (decision.status is Status.SUSPENDED)
    assert decision.next_attempt_at is None or decision.next_attempt_at > now


@given(st.lists(st.timedeltas(timedelta(), 20 * DAY), max_size=40))
def test_however_the_sweep_runs_there_are_four_tries_at_most(pauses: list[timedelta]) -> None:
    """Whoever sweeps at any moments, twice or days late, tries once, and once per date that was reached."""
    due: datetime | None = FIRST
    first, now, tries = None, FIRST, []
    for pause in pauses:
        now += pause
        if due is not None and due <= now:
            decision = after_failure(first, now)
            first, due = decision.first_failed_at, decision.next_attempt_at
            tries.append(now)
    assert len(tries) <= 1 + len(DUNNING_POLICY.retries)
    if first is not None:
        for earlier, later in pairwise(tries):
            assert any(earlier < first + wait <= later for wait in DUNNING_POLICY.retries)


@pytest.mark.parametrize(
    ("first_failed_at", "next_attempt_at", "due"),
    [
        (None, NOW + INSTANT, False),
        (None, NOW, True),
        (None, NOW - DAY, True),
        (None, None, True),
        (NOW - DAY, NOW + DAY, True),
        (NOW - DAY, None, True),
    ],
)
def test_what_is_tried_before_its_day_is_no_failure(
    first_failed_at: datetime | None, next_attempt_at: datetime | None, due: bool
) -> None:
    assert is_due(first_failed_at, next_attempt_at, NOW) is due


@pytest.mark.parametrize(
    ("preferred", "saved", "refused", "chosen"),
    [
        (None, [], set(), None),
        (None, [3, 2, 1], set(), 3),
        (2, [3, 2, 1], set(), 2),
        (2, [3, 2, 1], {2}, 3),
        (2, [3, 2, 1], {2, 3}, 1),
        (None, [3, 2, 1], {3}, 2),
        (9, [3, 2, 1], set(), 3),
        (9, [], set(), None),
        (2, [2], {2}, None),
    ],
)
def test_which_method_is_charged(
    preferred: int | None, saved: list[int], refused: set[int], chosen: int | None
) -> None:
    assert method_to_charge(preferred, saved, refused) == chosen


@given(st.none() | st.integers(1, 9), METHODS, st.sets(st.integers(1, 9)))
def test_never_a_method_that_is_not_saved_or_was_refused(
    preferred: int | None, saved: list[int], refused: set[int]
) -> None:
    chosen = method_to_charge(preferred, saved, refused)
    assert (chosen is None) == (not set(saved) - refused)
    assert chosen is None or (chosen in saved and chosen not in refused)
