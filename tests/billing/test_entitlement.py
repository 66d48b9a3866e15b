"""Access: every row of the table of design §4, to the microsecond."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.billing.entitlement import (
    ACCESS_POLICY,
    AccessPolicy,
    SubscriptionFacts,
    access_until,
    effective_status,
    grants_access,
    paid_since,
    promised_until,
)
from app.billing.subscription import RENEWING
from app.billing.subscription import SubscriptionStatus as Status
from tests.billing.facts import DAY, INSTANT, NOW, active, any_subscription, many, pending, swept, trial

END = NOW + 10 * DAY
FAILED = NOW + 10 * DAY + timedelta(hours=3)
RUNS = {
    "a trial to its end": (trial(), NOW + 3 * DAY),
    "active without renewal to the end of the paid time": (active(auto_renew=False), END),
    "canceled to the end of the paid time": (active(status=Status.CANCELED, canceled_at=NOW), END),
    "canceled with renewal off": (active(status=Status.CANCELED, canceled_at=NOW, auto_renew=False), END),
    "active, renewing, not charged yet, ten days longer": (active(), END + 10 * DAY),
    "active, renewing, after a failure": (active(first_failed_at=FAILED), FAILED + 10 * DAY),
    "payment pending ten days from the first failure": (
        active(status=Status.PAYMENT_PENDING, first_failed_at=FAILED),
        FAILED + 10 * DAY,
    ),
    "suspended ten days from the first failure": (
        active(status=Status.SUSPENDED, first_failed_at=FAILED),
        FAILED + 10 * DAY,
    ),
    "in dunning with renewal switched off": (
        active(status=Status.PAYMENT_PENDING, first_failed_at=FAILED, auto_renew=False),
        FAILED + 10 * DAY,
    ),
    "in dunning without a failure ten days from the end": (
        active(status=Status.SUSPENDED, auto_renew=False),
        END + 10 * DAY,
    ),
}


@pytest.mark.parametrize(("facts", "until"), RUNS.values(), ids=RUNS.keys())
def test_access_ends_to_the_microsecond(facts: SubscriptionFacts, until: datetime) -> None:
    assert access_until(facts) == until
    assert grants_access(facts, until - INSTANT)
    assert not grants_access(facts, until)
    assert not grants_access(facts, until + INSTANT)
    assert effective_status(facts, until - INSTANT) is facts.status
    assert effective_status(facts, until) is Status.EXPIRED


RENEWS = {name: each for name, each in RUNS.items() if each[0].status in RENEWING and each[0].auto_renew}
ENDS = {name: each for name, each in RUNS.items() if name not in RENEWS}


@pytest.mark.parametrize(("facts", "until"), RENEWS.values(), ids=RENEWS.keys())
def test_what_renews_keeps_its_access_while_billing_is_parked(
    facts: SubscriptionFacts, until: datetime
) -> None:
    parked = replace(facts, billing_parked=True)
    for moment in (NOW, until, until + 400 * DAY):
        assert grants_access(parked, moment)
        assert effective_status(parked, moment) is facts.status
    assert access_until(parked) == until, "what is promised stays as it was"


@pytest.mark.parametrize(("facts", "until"), ENDS.values(), ids=ENDS.keys())
def test_what_ends_anyway_ends_while_billing_is_parked(facts: SubscriptionFacts, until: datetime) -> None:
    parked = replace(facts, billing_parked=True)
    assert grants_access(parked, until - INSTANT)
    assert not grants_access(parked, until)


@pytest.mark.parametrize(
    "facts",
    [
        pending(),
        pending(trial_ends_at=END, period_end=END, first_paid_at=NOW),
        active(status=Status.EXPIRED),
        active(status=Status.EXPIRED, billing_parked=True),
        pending(billing_parked=True),
        trial(status=Status.EXPIRED),
    ],
)
def test_pending_and_expired_never_open_anything(facts: SubscriptionFacts) -> None:
    assert access_until(facts) is None
    assert not grants_access(facts, NOW)
    assert effective_status(facts, NOW) is facts.status


@pytest.mark.parametrize("facts", [active(period_end=None), trial(trial_ends_at=None)])
def test_without_an_end_there_is_no_access(facts: SubscriptionFacts) -> None:
    assert not grants_access(facts, NOW)


def test_the_lengths_are_policy() -> None:
    assert AccessPolicy(trial=7 * DAY, dunning=10 * DAY) == ACCESS_POLICY
    generous = AccessPolicy(dunning=30 * DAY)
    assert access_until(active(), generous) == END + 30 * DAY
    assert grants_access(active(), END + 29 * DAY, generous)


def test_what_was_promised_leaves_the_grace_out() -> None:
    assert promised_until(trial()) == NOW + 3 * DAY
    assert promised_until(active()) == END
    assert promised_until(active(trial_ends_at=NOW)) == END
    assert promised_until(pending()) is None


def test_pay_as_you_go_is_promised_until_what_was_used_is_not_paid() -> None:
    assert promised_until(active(metered=True)) == END
    unpaid = active(metered=True, status=Status.PAYMENT_PENDING, first_failed_at=NOW)
    assert promised_until(unpaid) == NOW
    assert access_until(unpaid) == NOW + 10 * DAY


def test_the_sweep_changes_nothing_about_access() -> None:
    for facts in many(any_subscription, 1_000):
        after = swept(facts, NOW)
        assert grants_access(after, NOW) == grants_access(facts, NOW), facts
        assert effective_status(after, NOW) == effective_status(facts, NOW), facts


def test_access_once_closed_stays_closed() -> None:
    for facts in many(any_subscription, 1_000):
        if not grants_access(facts, NOW):
            assert not grants_access(facts, NOW + 400 * DAY), facts


def test_paid_since_is_the_earliest_live_paid_subscription() -> None:
    early, late = active(), active(first_paid_at=NOW - DAY)
    over = active(first_paid_at=NOW - 90 * DAY, period_end=NOW, auto_renew=False)
    canceled = replace(active(first_paid_at=NOW - 50 * DAY), status=Status.CANCELED)
    assert paid_since((late, early), NOW) == NOW - 20 * DAY
    assert paid_since((late, early, canceled), NOW) == NOW - 50 * DAY
    assert paid_since((late, over), NOW) == NOW - DAY
    assert paid_since((over,), NOW - INSTANT) == NOW - 90 * DAY
    assert paid_since((trial(), pending()), NOW) is None
    assert paid_since((trial(first_paid_at=NOW - DAY), active(first_paid_at=None)), NOW) is None
    assert paid_since((), NOW) is None
