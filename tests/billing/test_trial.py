"""The trial: 7 × 24 hours, three standard connectors, once (C1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.billing.trial import (
    TRIAL_POLICY,
    TrialFacts,
    TrialPolicy,
    TrialRefused,
    canonical_email,
    trial_period,
)
from tests.billing.facts import NOW

GOOD = TrialFacts(activated=True, used_before=False, chosen=(1, 2, 3), eligible=frozenset({1, 2, 3, 4}))


@pytest.mark.parametrize("chosen", [(1,), (1, 2), (4, 3, 2), (1, 1, 1, 1)])
def test_a_trial_lasts_seven_times_24_hours(chosen: tuple[int, ...]) -> None:
    period = trial_period(replace(GOOD, chosen=chosen), NOW)
    assert (period.start, period.end) == (NOW, NOW + timedelta(hours=168))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"activated": False}, "NOT_ACTIVATED"),
        ({"used_before": True}, "TRIAL_USED"),
        ({"chosen": ()}, "TRIAL_NOTHING_CHOSEN"),
        ({"chosen": (1, 2, 3, 4)}, "TRIAL_TOO_MANY"),
        ({"chosen": (1, 5)}, "TRIAL_NOT_ELIGIBLE"),
        ({"eligible": frozenset()}, "TRIAL_NOT_ELIGIBLE"),
        ({"activated": False, "used_before": True, "chosen": ()}, "NOT_ACTIVATED"),
        ({"used_before": True, "chosen": ()}, "TRIAL_USED"),
    ],
)
def test_a_refusal_says_why(change: dict[str, object], code: str) -> None:
    with pytest.raises(TrialRefused) as refusal:
        trial_period(replace(GOOD, **change), NOW)  # type: ignore[arg-type]  # any field by name
    assert refusal.value.code == code


def test_the_numbers_are_policy() -> None:
    policy = TrialPolicy(length=timedelta(days=1), connectors=1)
    assert trial_period(replace(GOOD, chosen=(1,)), NOW, policy).end == NOW + timedelta(days=1)
    with pytest.raises(TrialRefused):
        trial_period(GOOD, NOW, policy)
    assert (TRIAL_POLICY.length, TRIAL_POLICY.connectors, TRIAL_POLICY.notice) == (
        timedelta(days=7),
        3,
        timedelta(days=2),
    )


def test_seven_days_are_hours_also_where_the_clock_changes() -> None:
    before_summer_time = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
    assert trial_period(GOOD, before_summer_time).end == datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("email", "canonical"),
    [
        ("alice@example.com", "alice@example.com"),
        (" Alice@Example.COM ", "alice@example.com"),
        ("alice+trial2@example.com", "alice@example.com"),
        ("alice+a+b@example.com", "alice@example.com"),
        ("a.lice@example.com", "a.lice@example.com"),
        ("alice@plus+tag.example.com", "alice@plus+tag.example.com"),
    ],
)
def test_the_address_under_which_a_second_trial_is_recognised(email: str, canonical: str) -> None:
    assert canonical_email(email) == canonical
    assert canonical_email(canonical) == canonical
