"""What a renewal pays after notice of a new price (G5)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import NotFound
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.price_change import (
    PRICE_CHANGE_POLICY,
    Notice,
    Price,
    PriceChangePolicy,
    RenewalPriceFacts,
    applies_from,
    price_in_force,
    renewal_price,
)
from tests.billing.facts import DAY, INSTANT, NOW

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
NOTICE = PRICE_CHANGE_POLICY.notice


def price(
    version_id: int,
    minor: int,
    valid_from: datetime,
    interval: BillingInterval = MONTH,
    currency: str = "RUB",
) -> Price:
    return Price(version_id, Money(minor, currency), interval, valid_from)


def told(notice_id: int, new: Price, noticed_at: datetime) -> Notice:
    return Notice(notice_id, new, applies_from(noticed_at, new.valid_from))


OLD = price(1, 1_000, NOW - 900 * DAY)
RISE = price(2, 1_200, NOW)
CUT = price(3, 900, NOW)
IN_FORCE = price(9, 5_000, NOW - DAY)
FACTS = RenewalPriceFacts(starts_at=NOW, switched=None, running=OLD, in_force=IN_FORCE)
YEARLY = price(5, 10_200, NOW - 900 * DAY, YEAR)
YEARLY_RISE = price(6, 12_240, NOW, YEAR)


def pays(starts_at: datetime, *notices: Notice, **facts: Price | None) -> Price:
    changed = replace(FACTS, starts_at=starts_at, notices=notices)
    return renewal_price(replace(changed, **facts))  # type: ignore[arg-type]  # any price by name


def test_the_notice_is_thirty_days() -> None:
    assert PriceChangePolicy() == PriceChangePolicy(notice=timedelta(days=30))
    assert applies_from(NOW, NOW) == NOW + 30 * DAY
    assert applies_from(NOW, NOW, PriceChangePolicy(notice=60 * DAY)) == NOW + 60 * DAY


def test_nobody_pays_a_price_before_new_subscribers_do() -> None:
    assert applies_from(NOW, NOW + 100 * DAY) == NOW + 100 * DAY
    assert applies_from(NOW, NOW + 30 * DAY + INSTANT) == NOW + 30 * DAY + INSTANT


def test_without_a_notice_the_running_price_stays() -> None:
    assert pays(NOW + 9_000 * DAY) == OLD


def test_who_never_paid_pays_the_price_in_force() -> None:
    assert pays(NOW, running=None) == IN_FORCE


def test_what_is_sold_at_no_price_has_none() -> None:
    with pytest.raises(NotFound) as refusal:
        pays(NOW, running=None, in_force=None)
    assert refusal.value.code == "PRICE_NOT_FOUND"


@pytest.mark.parametrize(
    ("starts_at", "expected"),
    [
        (NOW - DAY, OLD),
        (NOW, OLD),
        (NOW + NOTICE - INSTANT, OLD),
        (NOW + NOTICE, RISE),
        (NOW + 400 * DAY, RISE),
    ],
)
def test_a_rise_waits_for_the_end_of_the_notice(starts_at: datetime, expected: Price) -> None:
    assert pays(starts_at, told(1, RISE, NOW)) == expected


@pytest.mark.parametrize(
    ("starts_at", "expected"), [(NOW - INSTANT, OLD), (NOW, CUT), (NOW + DAY, CUT), (NOW + 400 * DAY, CUT)]
)
def test_a_cut_comes_with_the_next_renewal(starts_at: datetime, expected: Price) -> None:
    assert pays(starts_at, told(1, CUT, NOW)) == expected


def test_a_cut_of_the_future_waits_for_its_day() -> None:
    announced = told(1, replace(CUT, valid_from=NOW + 50 * DAY), NOW)
    assert pays(NOW + 50 * DAY - INSTANT, announced) == OLD
    assert pays(NOW + 50 * DAY, announced) == announced.price


def test_the_same_amount_is_a_new_version_when_it_binds() -> None:
    same = price(2, 1_000, NOW)
    assert pays(NOW + DAY, told(1, same, NOW)) == OLD
    assert pays(NOW + NOTICE, told(1, same, NOW)) == same


def test_a_pending_switch_wins() -> None:
    assert pays(NOW + 90 * DAY, told(1, RISE, NOW), switched=YEARLY) == YEARLY


def test_a_notice_of_the_price_switched_to_wins_over_the_price_shown() -> None:
    announced = told(1, YEARLY_RISE, NOW)
    assert pays(NOW + NOTICE - INSTANT, announced, switched=YEARLY) == YEARLY
    assert pays(NOW + NOTICE, announced, switched=YEARLY) == YEARLY_RISE
    assert pays(NOW + NOTICE, announced) == OLD


def test_the_later_notice_has_the_last_word() -> None:
    second = price(4, 1_500, NOW + 10 * DAY)
    both = (told(2, second, NOW + 10 * DAY), told(1, RISE, NOW))
    assert pays(NOW + 29 * DAY, *both) == OLD
    assert pays(NOW + 30 * DAY, *both) == RISE
    assert pays(NOW + 40 * DAY, *both) == second


def test_notices_of_one_instant_count_in_the_order_of_their_ids() -> None:
    second = price(4, 1_500, NOW + INSTANT)
    assert pays(NOW + NOTICE, Notice(7, second, NOW + NOTICE), Notice(6, RISE, NOW + NOTICE)) == second


def test_a_second_announcement_takes_a_rise_partly_back_at_once() -> None:
    lower = price(4, 1_100, NOW + 10 * DAY)
    both = (told(1, RISE, NOW), told(2, lower, NOW + 10 * DAY))
    assert pays(NOW + 29 * DAY, *both) == OLD
    assert pays(NOW + 30 * DAY, *both) == lower, "1200 binds, but 1100 is announced"
    assert pays(NOW + 40 * DAY, *both) == lower


def test_a_notice_older_than_what_was_bought_since_is_past() -> None:
    bought = price(8, 2_000, NOW + 50 * DAY)
    assert pays(NOW + 90 * DAY, told(1, RISE, NOW), running=bought) == bought
    assert pays(NOW + 90 * DAY, told(1, RISE, NOW), running=RISE) == RISE


INSTANTS = st.integers(0, 200).map(lambda days: NOW + days * DAY)


@st.composite
def histories(draw: st.DrawFn) -> RenewalPriceFacts:
    """Any prices one after another, any notices of them, each given when its price was known."""
    count = draw(st.integers(1, 5))
    begins = draw(st.lists(INSTANTS, min_size=count, max_size=count, unique=True))
    amounts = draw(st.lists(st.integers(1, 40), min_size=count, max_size=count))
    intervals = draw(st.lists(st.sampled_from((MONTH, YEAR)), min_size=count, max_size=count))
    prices = [
        price(number, amount, valid_from, interval)
        for number, (amount, valid_from, interval) in enumerate(
            zip(amounts, begins, intervals, strict=True), start=1
        )
    ]
    notices = [told(number, new, draw(INSTANTS)) for number, new in enumerate(prices, start=1)]
    return RenewalPriceFacts(
        starts_at=draw(INSTANTS),
        switched=draw(st.none() | st.sampled_from(prices)),
        running=draw(st.sampled_from(prices)),
        in_force=draw(st.none() | st.sampled_from(prices)),
        notices=tuple(draw(st.permutations(notices))),
    )


def noticed_at(notice: Notice) -> datetime:
    """The latest instant at which the notice can have been given."""
    return notice.applies_from - NOTICE


@given(facts=histories())
def test_no_renewal_less_than_30_days_after_a_notice_pays_more_than_without_it(
    facts: RenewalPriceFacts,
) -> None:
    heeded = tuple(each for each in facts.notices if noticed_at(each) + NOTICE <= facts.starts_at)
    assert renewal_price(facts).amount <= renewal_price(replace(facts, notices=heeded)).amount
    for each in facts.notices:
        if noticed_at(each) + NOTICE > facts.starts_at:
            others = tuple(other for other in facts.notices if other != each)
            assert renewal_price(facts).amount <= renewal_price(replace(facts, notices=others)).amount


@given(facts=histories())
def test_a_price_is_the_agreed_one_or_one_that_was_told_and_is_in_force(facts: RenewalPriceFacts) -> None:
    agreed = facts.switched or facts.running
    assert agreed is not None
    paid = renewal_price(facts)
    assert paid.interval is agreed.interval
    assert paid == agreed or (
        paid in [notice.price for notice in facts.notices]
        and agreed.valid_from < paid.valid_from <= facts.starts_at
    )


@given(facts=histories())
def test_once_all_notices_bind_the_last_one_is_paid(facts: RenewalPriceFacts) -> None:
    agreed = facts.switched or facts.running
    assert agreed is not None
    later = [
        each
        for each in facts.notices
        if each.price.interval is agreed.interval and each.price.valid_from > agreed.valid_from
    ]
    last = max(later, key=lambda each: (each.applies_from, each.notice_id), default=None)
    settled = replace(facts, starts_at=NOW + 1_000 * DAY)
    assert renewal_price(settled) == (agreed if last is None else last.price)


def test_the_price_in_force_is_the_newest_that_has_begun() -> None:
    prices = [
        RISE,
        OLD,
        price(4, 1, NOW + DAY),
        YEARLY,
        price(7, 20, NOW - DAY, currency="USD"),
    ]
    assert price_in_force(prices, MONTH, "RUB", NOW) == RISE
    assert price_in_force(prices, MONTH, "RUB", NOW - INSTANT) == OLD
    assert price_in_force(prices, YEAR, "RUB", NOW) == YEARLY
    assert price_in_force(prices, MONTH, "USD", NOW) == prices[-1]
    assert price_in_force(prices, YEAR, "USD", NOW) is None
    assert price_in_force(prices, MONTH, "RUB", OLD.valid_from - INSTANT) is None
