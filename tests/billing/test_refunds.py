"""Refunds: what the policy gives, who approves it, which months it is taken from (H7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.approval import SecondPersonRequired
from app.billing.errors import InvalidInput
from app.billing.money import Money, total
from app.billing.periods import BillingInterval, Period, anchor_day_of, local_days, period_starting
from app.billing.refunds import (
    REFUND_POLICY,
    REFUND_TRANSITIONS,
    RefundCode,
    RefundDecision,
    RefundFacts,
    RefundKind,
    RefundPolicy,
    RefundStatus,
    decide_refund,
    require_approver,
    split_refund,
)
from app.billing.transitions import IllegalTransition

MOSCOW = ZoneInfo("Europe/Moscow")
WEEK = timedelta(hours=7 * 24)
INSTANT = timedelta(microseconds=1)


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def period_of(start: datetime, interval: BillingInterval) -> Period:
    return period_starting(start, interval, anchor_day_of(start))


BOUGHT = moscow("2026-03-02T12:00")
YEAR = RefundFacts(
    first_paid_at=BOUGHT,
    period=period_of(BOUGHT, BillingInterval.YEAR),
    interval=BillingInterval.YEAR,
    paid=rub(365_00),
    refunded=rub(0),
    requested_at=BOUGHT,
)
MONTH = replace(YEAR, period=period_of(BOUGHT, BillingInterval.MONTH), interval=BillingInterval.MONTH)


def asked(facts: RefundFacts, at: datetime, policy: RefundPolicy = REFUND_POLICY) -> RefundDecision:
    """The decision about a request that is answered at once."""
    return decide_refund(replace(facts, requested_at=at), policy, at)


@pytest.mark.parametrize("facts", [YEAR, MONTH], ids=["year", "month"])
@pytest.mark.parametrize("after", [timedelta(), WEEK - INSTANT, WEEK])
def test_all_goes_back_within_seven_days_of_the_first_payment(facts: RefundFacts, after: timedelta) -> None:
    decision = asked(facts, BOUGHT + after)
    assert (decision.kind, decision.code) == (RefundKind.FULL, RefundCode.FIRST_DAYS)
    assert decision.amount == facts.paid
    assert decision.last_day_of_access == (BOUGHT + after).date()


def test_after_seven_days_a_year_goes_back_in_part_and_a_month_does_not() -> None:
    late = BOUGHT + WEEK + INSTANT
    assert asked(YEAR, late).kind is RefundKind.UNUSED_PART
    assert asked(MONTH, late).code is RefundCode.NO_REFUND_FOR_MONTH


@pytest.mark.parametrize(
    ("at", "days", "amount"),
    [
        ("2026-03-10T00:00", 356, 356_00),
        ("2026-03-10T23:59:59", 356, 356_00),
        ("2026-03-11T00:00", 355, 355_00),
        ("2026-08-31T15:30", 182, 182_00),
        ("2027-02-27T12:00", 2, 2_00),
        ("2027-02-28T23:59", 1, 1_00),
    ],
)
def test_the_unused_days_of_a_year_count_from_the_day_after_the_request(
    at: str, days: int, amount: int
) -> None:
    assert asked(YEAR, moscow(at)) == RefundDecision(
        RefundKind.UNUSED_PART, RefundCode.UNUSED_PART, rub(amount), days, moscow(at).date()
    )


@pytest.mark.parametrize("at", ["2027-03-01T00:00", "2027-03-01T23:00", "2027-03-02T11:59:59"])
def test_the_last_day_of_a_year_is_used(at: str) -> None:
    decision = asked(YEAR, moscow(at))
    assert (decision.kind, decision.code, decision.amount) == (
        RefundKind.NONE,
        RefundCode.NOTHING_UNUSED,
        rub(0),
    )


def test_days_are_the_sellers_whatever_the_zone_of_the_instant() -> None:
    assert asked(YEAR, datetime(2026, 8, 30, 21, 30, tzinfo=UTC)).unused_days == 182
    assert asked(YEAR, datetime(2026, 8, 30, 20, 30, tzinfo=UTC)).unused_days == 183


@pytest.mark.parametrize(
    ("paid", "amount"), [(100_00, 49_86), (10_098_00, 5_035_16), (2, 0), (3, 1), (1_000_001, 498_630)]
)
def test_an_unused_part_is_rounded_down(paid: int, amount: int) -> None:
    assert paid * 182 // 365 == amount
    decision = asked(replace(YEAR, paid=rub(paid)), moscow("2026-08-31T15:30"))
    assert decision.amount == rub(amount)
    assert decision.code is (RefundCode.UNUSED_PART if amount else RefundCode.NOTHING_UNUSED)


def test_a_leap_year_has_a_day_more() -> None:
    start = moscow("2027-03-02T12:00")
    leap = replace(YEAR, period=period_of(start, BillingInterval.YEAR), paid=rub(366_00))
    assert asked(leap, moscow("2028-02-28T09:00")).amount == rub(2_00)


@pytest.mark.parametrize(
    ("change", "at", "code"),
    [
        ({"first_paid_at": None}, BOUGHT, RefundCode.NOTHING_PAID),
        ({"paid": rub(0)}, BOUGHT, RefundCode.NOTHING_PAID),
        ({"refunded": rub(365_00)}, BOUGHT, RefundCode.ALREADY_REFUNDED),
        ({"refunded": rub(366_00)}, BOUGHT, RefundCode.ALREADY_REFUNDED),
        ({}, moscow("2027-03-02T12:00"), RefundCode.PERIOD_OVER),
        ({}, moscow("2030-01-01T00:00"), RefundCode.PERIOD_OVER),
        ({"refunded": rub(182_00)}, moscow("2026-08-31T15:30"), RefundCode.ALREADY_REFUNDED),
    ],
)
def test_a_refusal_says_why(change: dict[str, object], at: datetime, code: RefundCode) -> None:
    facts = replace(YEAR, **change)  # type: ignore[arg-type]  # any field by name
    assert asked(facts, at) == RefundDecision(RefundKind.NONE, code, rub(0))


@pytest.mark.parametrize("interval", BillingInterval)
def test_a_renewal_never_goes_back_in_full_once_it_runs(interval: BillingInterval) -> None:
    start = moscow("2027-03-02T12:00")
    renewed = replace(YEAR, period=period_of(start, interval), interval=interval)
    assert asked(renewed, start).kind is not RefundKind.FULL
    assert asked(renewed, start).amount == (
        rub(365_00 * 365 // 366) if interval is BillingInterval.YEAR else rub(0)
    )


@pytest.mark.parametrize("interval", BillingInterval)
def test_a_period_paid_ahead_goes_back_whole_and_what_runs_before_it_goes_on(
    interval: BillingInterval,
) -> None:
    start = moscow("2027-03-02T12:00")
    ahead = replace(YEAR, period=period_of(start, interval), interval=interval)
    for at in (moscow("2027-02-16T10:00"), start - INSTANT):
        decision = asked(ahead, at)
        assert decision.kind is RefundKind.UNUSED_PART
        assert decision.amount == ahead.paid
        assert decision.unused_days == local_days(ahead.period)
        assert decision.last_day_of_access == date(2027, 3, 1)


def test_what_was_given_back_before_counts_against_the_refund() -> None:
    earlier = replace(YEAR, refunded=rub(50_00))
    assert asked(earlier, BOUGHT + WEEK).amount == rub(315_00)
    assert asked(earlier, moscow("2026-08-31T15:30")).amount == rub(132_00)


def test_a_slow_approval_costs_the_customer_nothing_and_access_lasts_until_it() -> None:
    facts = replace(YEAR, requested_at=moscow("2026-08-31T15:30"))
    decision = decide_refund(facts, REFUND_POLICY, moscow("2026-09-04T10:00"))
    assert decision.amount == rub(182_00)
    assert decision.last_day_of_access == date(2026, 9, 4)

    in_time = decide_refund(
        replace(YEAR, requested_at=BOUGHT + WEEK), REFUND_POLICY, moscow("2026-03-12T10:00")
    )
    assert (in_time.kind, in_time.last_day_of_access) == (RefundKind.FULL, date(2026, 3, 12))

    after_the_end = decide_refund(facts, REFUND_POLICY, moscow("2027-06-01T10:00"))
    assert after_the_end.last_day_of_access == date(2027, 3, 2)


def test_the_numbers_are_policy() -> None:
    policy = RefundPolicy(
        full_within=timedelta(0), unused_part_of=frozenset(BillingInterval), approval_limits=(rub(5),)
    )
    assert asked(YEAR, BOUGHT, policy).kind is RefundKind.FULL
    assert asked(YEAR, BOUGHT + INSTANT, policy).kind is RefundKind.UNUSED_PART
    assert asked(MONTH, BOUGHT + INSTANT, policy).unused_days == 30
    with pytest.raises(SecondPersonRequired):
        require_approver("staff:anna", "staff:anna", rub(6), policy)


# Any line, any history.

INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)).map(  # noqa: DTZ001 - the zone follows
    lambda wall: wall.replace(tzinfo=UTC)
)


@st.composite
def lines(draw: st.DrawFn) -> RefundFacts:
    start = draw(INSTANTS)
    interval = draw(st.sampled_from(BillingInterval))
    paid = draw(st.integers(0, 10**7))
    return RefundFacts(
        first_paid_at=start - timedelta(days=draw(st.integers(0, 800))),
        period=period_of(start, interval),
        interval=interval,
        paid=rub(paid),
        refunded=rub(draw(st.integers(0, paid))),
        requested_at=start + timedelta(minutes=draw(st.integers(-30_000, 550_000))),
    )


@settings(max_examples=150)
@given(lines(), st.integers(0, 10_000))
def test_no_refund_is_above_what_is_left_of_the_payment(facts: RefundFacts, minutes: int) -> None:
    decision = decide_refund(facts, REFUND_POLICY, facts.requested_at + timedelta(minutes=minutes))
    assert rub(0) <= decision.amount <= facts.paid - facts.refunded
    assert (decision.kind is RefundKind.NONE) is not bool(decision.amount)
    assert (decision.last_day_of_access is None) is (decision.kind is RefundKind.NONE)
    assert 0 <= decision.unused_days <= local_days(facts.period)
    if decision.kind is RefundKind.UNUSED_PART:
        exact = facts.paid.minor * decision.unused_days - facts.refunded.minor * local_days(facts.period)
        assert 0 <= exact - decision.amount.minor * local_days(facts.period) < local_days(facts.period)


@settings(max_examples=100)
@given(lines(), st.integers(0, 600_000))
def test_asking_later_never_brings_more(facts: RefundFacts, minutes: int) -> None:
    now = decide_refund(facts, REFUND_POLICY, facts.requested_at)
    later = asked(facts, facts.requested_at + timedelta(minutes=minutes))
    assert later.amount <= now.amount


@settings(max_examples=100)
@given(lines(), st.integers(0, 600_000))
def test_nothing_goes_back_twice(facts: RefundFacts, minutes: int) -> None:
    first = decide_refund(facts, REFUND_POLICY, facts.requested_at)
    if first.kind is RefundKind.NONE:
        return
    after = replace(facts, refunded=facts.refunded + first.amount)
    assert asked(after, facts.requested_at + timedelta(minutes=minutes)).kind is RefundKind.NONE


# Who approves.


@pytest.mark.parametrize("limit", REFUND_POLICY.approval_limits, ids=lambda limit: limit.currency)
def test_above_the_limit_of_its_currency_a_refund_needs_a_second_person(limit: Money) -> None:
    above = limit + Money(1, limit.currency)
    require_approver("staff:anna", "staff:anna", limit, REFUND_POLICY)
    require_approver("staff:anna", "staff:boris", above, REFUND_POLICY)
    with pytest.raises(SecondPersonRequired):
        require_approver("staff:anna", "staff:anna", above, REFUND_POLICY)


def test_every_currency_has_a_limit() -> None:
    assert [limit.currency for limit in REFUND_POLICY.approval_limits] == ["RUB", "USD", "EUR"]
    no_limits = RefundPolicy(approval_limits=())
    with pytest.raises(SecondPersonRequired):
        require_approver("staff:anna", "staff:anna", rub(1), no_limits)


# From which months.


@pytest.mark.parametrize(
    ("amount", "given", "unused", "from_given", "from_unused"),
    [
        (10, [], [30, 30], [], [0, 10]),
        (30, [30], [30, 30], [0], [0, 30]),
        (31, [30], [30, 30], [0], [1, 30]),
        (60, [30], [30, 30], [0], [30, 30]),
        (61, [30, 30], [30, 30], [0, 1], [30, 30]),
        (95, [30, 30], [30, 30], [5, 30], [30, 30]),
        (120, [30, 30], [30, 30], [30, 30], [30, 30]),
        (7, [30, 30], [], [0, 7], []),
        (7, [30], [0, 5, 0], [2], [0, 5, 0]),
    ],
)
def test_the_latest_months_give_first_and_given_ones_last(
    amount: int, given: list[int], unused: list[int], from_given: list[int], from_unused: list[int]
) -> None:
    split = split_refund(rub(amount), [rub(month) for month in given], [rub(month) for month in unused])
    assert [part.minor for part in split.given] == from_given
    assert [part.minor for part in split.unused] == from_unused
    assert (split.service, split.prepayment) == (rub(sum(from_given)), rub(sum(from_unused)))


@pytest.mark.parametrize(
    ("amount", "code"),
    [(61, "REFUND_EXCEEDS_LINE"), (0, "REFUND_NOT_POSITIVE"), (-1, "REFUND_NOT_POSITIVE")],
)
def test_a_refund_that_the_line_cannot_give_is_refused(amount: int, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        split_refund(rub(amount), [rub(30)], [rub(30)])
    assert refusal.value.code == code


MONTHS = st.lists(st.integers(0, 10**6).map(rub), max_size=12)


@settings(max_examples=100)
@given(MONTHS, MONTHS, st.integers(1, 100))
def test_the_parts_of_a_refund_make_the_whole(given: list[Money], unused: list[Money], percent: int) -> None:
    amount = total([*given, *unused], "RUB").share(percent, 100)
    if not amount:
        return
    split = split_refund(amount, given, unused)
    assert split.service + split.prepayment == amount
    months = [*zip(split.given, given, strict=True), *zip(split.unused, unused, strict=True)]
    assert all(rub(0) <= part <= month for part, month in months)
    touched = [index for index, (part, _) in enumerate(months) if part]
    order = [*range(len(given), len(months)), *range(len(given))]
    from_the_back = list(reversed(order[: len(unused)])) + list(reversed(order[len(unused) :]))
    last = max(from_the_back.index(index) for index in touched)
    assert all(months[index][0] == months[index][1] for index in from_the_back[:last])


@settings(max_examples=100)
@given(st.integers(12_00, 10**7), INSTANTS, st.integers(8 * 1440, 364 * 1440))
def test_an_unused_part_is_prepayment_when_months_weigh_their_days(
    paid: int, start: datetime, minutes: int
) -> None:
    period = period_of(start, BillingInterval.YEAR)
    facts = RefundFacts(start, period, BillingInterval.YEAR, rub(paid), rub(0), start)
    at = start + timedelta(minutes=minutes)
    decision = asked(facts, at)
    if decision.kind is RefundKind.NONE:
        return
    months, begins = [], start
    while begins < period.end:
        months.append(period_starting(begins, BillingInterval.MONTH, anchor_day_of(start)))
        begins = months[-1].end
    gross = rub(paid).allocate([local_days(month) for month in months])
    over = sum(month.end <= at for month in months)
    split = split_refund(decision.amount, gross[:over], gross[over:])
    assert split.prepayment == decision.amount


# Statuses.


def test_every_change_of_status() -> None:
    legal = {
        ("requested", "approved"), ("requested", "rejected"), ("approved", "sent"), ("approved", "failed"),
        ("approved", "sending"), ("sending", "sent"), ("sending", "failed"),
        ("sent", "failed"), ("failed", "approved"), ("failed", "sent"),
    }  # fmt: skip
    for old, new in product(RefundStatus, repeat=2):
        assert REFUND_TRANSITIONS.permits(old, new) is ((old, new) in legal), (old, new)
    with pytest.raises(IllegalTransition, match="refund: rejected -> approved"):
        REFUND_TRANSITIONS.check(RefundStatus.REJECTED, RefundStatus.APPROVED)
