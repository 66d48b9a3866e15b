"""Compensation: extra days, goodwill, a discount, within limits and for a reason (H7)."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.approval import SecondPersonRequired
from app.billing.compensation import (
    COMPENSATION_POLICY,
    COMPENSATION_TRANSITIONS,
    CompensationFacts,
    CompensationKind,
    CompensationPolicy,
    CompensationStatus,
    needs_second_person,
    require_compensation_approver,
    validate_compensation,
)
from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.transitions import IllegalTransition


def extra_days(days: int) -> CompensationFacts:
    return CompensationFacts(CompensationKind.EXTRA_DAYS, "outage of 1 March", days=days)


def goodwill(minor: int, currency: str = "RUB") -> CompensationFacts:
    return CompensationFacts(CompensationKind.BALANCE, "outage of 1 March", amount=Money(minor, currency))


def discount(percent: int) -> CompensationFacts:
    return CompensationFacts(CompensationKind.DISCOUNT, "outage of 1 March", percent=percent)


@pytest.mark.parametrize(
    "facts",
    [
        extra_days(1), extra_days(90), goodwill(1), goodwill(100_000_00), goodwill(1_000_00, "USD"),
        goodwill(1_000_00, "EUR"), discount(1), discount(10_000),
    ],
)  # fmt: skip
def test_within_its_limits_a_compensation_is_accepted(facts: CompensationFacts) -> None:
    validate_compensation(facts)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (extra_days(0), "COMPENSATION_DAYS"),
        (extra_days(-1), "COMPENSATION_DAYS"),
        (extra_days(91), "COMPENSATION_DAYS"),
        (goodwill(0), "COMPENSATION_AMOUNT"),
        (goodwill(-1), "COMPENSATION_AMOUNT"),
        (goodwill(100_000_01), "COMPENSATION_AMOUNT"),
        (goodwill(1_000_01, "USD"), "COMPENSATION_AMOUNT"),
        (discount(0), "COMPENSATION_PERCENT"),
        (discount(-1), "COMPENSATION_PERCENT"),
        (discount(10_001), "COMPENSATION_PERCENT"),
        (replace(extra_days(5), reason=""), "COMPENSATION_WITHOUT_REASON"),
        (replace(extra_days(5), reason=" \n"), "COMPENSATION_WITHOUT_REASON"),
        (replace(extra_days(5), days=None), "COMPENSATION_NOT_OF_ITS_KIND"),
        (replace(extra_days(5), percent=5), "COMPENSATION_NOT_OF_ITS_KIND"),
        (replace(extra_days(5), amount=Money(0, "RUB")), "COMPENSATION_NOT_OF_ITS_KIND"),
        (replace(goodwill(5), kind=CompensationKind.DISCOUNT), "COMPENSATION_NOT_OF_ITS_KIND"),
        (replace(discount(5), kind=CompensationKind.EXTRA_DAYS), "COMPENSATION_NOT_OF_ITS_KIND"),
    ],
)
def test_a_refusal_says_why(facts: CompensationFacts, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        validate_compensation(facts)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("most", "more"),
    [
        (extra_days(14), extra_days(15)),
        (goodwill(10_000_00), goodwill(10_000_01)),
        (goodwill(100_00, "USD"), goodwill(100_01, "USD")),
        (goodwill(100_00, "EUR"), goodwill(100_01, "EUR")),
        (discount(5_000), discount(5_001)),
    ],
)
def test_above_the_limit_a_compensation_needs_a_second_person(
    most: CompensationFacts, more: CompensationFacts
) -> None:
    assert not needs_second_person(most)
    assert needs_second_person(more)
    require_compensation_approver("staff:anna", "staff:anna", most)
    require_compensation_approver("staff:anna", "staff:boris", more)
    with pytest.raises(SecondPersonRequired):
        require_compensation_approver("staff:anna", "staff:anna", more)


def test_the_numbers_are_policy() -> None:
    policy = CompensationPolicy(
        max_days=3,
        max_amounts=(Money(3, "RUB"),),
        max_percent=3,
        approval_days=2,
        approval_amounts=(Money(2, "RUB"),),
        approval_percent=2,
    )
    for facts in (extra_days(3), goodwill(3), discount(3)):
        validate_compensation(facts, policy)
        assert needs_second_person(facts, policy)
        with pytest.raises(SecondPersonRequired):
            require_compensation_approver("staff:anna", "staff:anna", facts, policy)
    for facts in (extra_days(4), goodwill(4), goodwill(1, "USD"), discount(4)):
        with pytest.raises(InvalidInput):
            validate_compensation(facts, policy)


@settings(max_examples=60)
@given(
    st.sampled_from(CompensationKind),
    st.none() | st.integers(-5, 100),
    st.none() | st.builds(Money, st.integers(-5, 20_000_000), st.sampled_from(["RUB", "USD", "EUR"])),
    st.none() | st.integers(-5, 11_000),
)
def test_what_is_accepted_is_one_thing_above_zero(
    kind: CompensationKind, days: int | None, amount: Money | None, percent: int | None
) -> None:
    facts = CompensationFacts(kind, "outage", days, amount, percent)
    values = [days, None if amount is None else amount.minor, percent]
    limits = [90, 10_000_000 if amount is None or amount.currency == "RUB" else 100_000, 10_000]
    number = list(CompensationKind).index(kind)
    value = values.pop(number)
    fits = values == [None, None] and value is not None and 0 < value <= limits[number]
    try:
        validate_compensation(facts, COMPENSATION_POLICY)
    except InvalidInput:
        assert not fits
    else:
        assert fits


def test_every_change_of_status() -> None:
    legal = {("requested", "approved"), ("requested", "rejected"), ("approved", "applied")}
    for old, new in product(CompensationStatus, repeat=2):
        assert COMPENSATION_TRANSITIONS.permits(old, new) is ((old, new) in legal), (old, new)
    with pytest.raises(IllegalTransition, match="compensation: rejected -> approved"):
        COMPENSATION_TRANSITIONS.check(CompensationStatus.REJECTED, CompensationStatus.APPROVED)
