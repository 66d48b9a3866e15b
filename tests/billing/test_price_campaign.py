"""A price change as a campaign: whom it means and what it will bring (G5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.periods import BillingInterval, next_renewal_period
from app.billing.price_campaign import (
    CAMPAIGN_TRANSITIONS,
    Audience,
    CampaignStatus,
    CampaignTotals,
    PlannedPrice,
    Subscriber,
    campaign_totals,
    pays_from,
)
from app.billing.price_change import Notice, Price, RenewalPriceFacts, applies_from, renewal_price
from tests.billing.facts import DAY, INSTANT, NOW

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
PLANNED = PlannedPrice(Money(1_200, "RUB"), MONTH, NOW)
ALICE = Subscriber(
    subscription_id=1,
    customer_id=10,
    price=Money(1_000, "RUB"),
    renews_at=NOW + 5 * DAY,
    nominal_end=None,
    anchor_day=7,
)


def test_only_a_draft_goes_on() -> None:
    for old, new in product(CampaignStatus, repeat=2):
        legal = old is CampaignStatus.DRAFT and new is not CampaignStatus.DRAFT
        assert CAMPAIGN_TRANSITIONS.permits(old, new) is legal


@pytest.mark.parametrize(
    "audience",
    [
        Audience(),
        Audience(subscribed_before=NOW),
        Audience(customer_ids=(3, 1)),
        Audience(subscribed_before=NOW, customer_ids=(5,)),
    ],
)
def test_an_audience_is_read_as_it_was_written(audience: Audience) -> None:
    assert Audience.from_json(audience.as_json()) == audience


def test_everyone_is_written_as_nothing() -> None:
    assert Audience().as_json() == {}


@pytest.mark.parametrize(
    "data",
    [
        {"customers": [1]},
        {"customer_ids": []},
        {"customer_ids": [0]},
        {"customer_ids": ["1"]},
        {"customer_ids": [True]},
        {"customer_ids": 1},
        {"customer_ids": "12"},
        {"subscribed_before": "2026-03-02T09:00:00"},
        {"subscribed_before": "yesterday"},
        {"subscribed_before": 5},
    ],
)
def test_an_audience_that_makes_no_sense(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Audience.from_json(data)
    assert refusal.value.code == "AUDIENCE_INVALID"


@pytest.mark.parametrize(
    ("changes", "planned", "expected"),
    [
        ({}, PLANNED, datetime.fromisoformat("2026-04-07T09:00:00Z")),
        ({"renews_at": NOW + 30 * DAY}, PLANNED, NOW + 30 * DAY),
        ({"renews_at": NOW - DAY, "anchor_day": 1}, PLANNED, NOW + 30 * DAY),
        ({"price": Money(1_300, "RUB")}, PLANNED, NOW + 5 * DAY),
        ({"price": Money(1_300, "RUB"), "renews_at": NOW}, PLANNED, NOW),
        ({"price": Money(1_200, "RUB")}, PLANNED, None),
        ({}, replace(PLANNED, interval=YEAR), datetime.fromisoformat("2027-03-07T09:00:00Z")),
        ({}, replace(PLANNED, valid_from=NOW + 60 * DAY), datetime.fromisoformat("2026-05-07T09:00:00Z")),
    ],
    ids=["rise", "at once", "late sweep", "cut", "cut today", "no change", "year", "planned for later"],
)
def test_from_which_renewal_the_new_price_is_paid(
    changes: dict[str, Any], planned: PlannedPrice, expected: datetime | None
) -> None:
    assert pays_from(replace(ALICE, **changes), planned, NOW) == expected


def test_extra_days_shorten_the_period_kept_at_the_old_price() -> None:
    extended = replace(ALICE, renews_at=NOW + 15 * DAY, nominal_end=NOW + 5 * DAY)
    assert pays_from(extended, PLANNED, NOW) == pays_from(ALICE, PLANNED, NOW)


@given(
    minor=st.integers(1, 3),
    new_minor=st.integers(1, 3),
    renews_in=st.integers(-40, 400),
    valid_in=st.integers(0, 90),
    interval=st.sampled_from((MONTH, YEAR)),
    anchor_day=st.integers(1, 31),
)
def test_the_dry_run_foretells_what_renewals_will_pay(
    minor: int, new_minor: int, renews_in: int, valid_in: int, interval: BillingInterval, anchor_day: int
) -> None:
    """Renewal by renewal, the rule of the price and the date of the dry run agree."""
    planned = PlannedPrice(Money(new_minor, "RUB"), interval, NOW + valid_in * DAY)
    subscriber = replace(
        ALICE, price=Money(minor, "RUB"), renews_at=NOW + renews_in * DAY, anchor_day=anchor_day
    )
    agreed = Price(1, subscriber.price, interval, NOW - 900 * DAY)
    new = Price(2, planned.amount, interval, planned.valid_from)
    notice = Notice(1, new, applies_from(NOW, planned.valid_from))
    foretold, renewal = pays_from(subscriber, planned, NOW), subscriber.renews_at
    for _ in range(6):
        facts = RenewalPriceFacts(renewal, None, agreed, None, (notice,))
        changed = foretold is not None and renewal >= foretold
        assert renewal_price(facts).amount == (planned.amount if changed else subscriber.price)
        renewal = next_renewal_period(renewal, None, interval, anchor_day).period.end


def test_totals() -> None:
    subscribers = [
        ALICE,
        replace(ALICE, subscription_id=2, renews_at=NOW + 40 * DAY),
        replace(ALICE, subscription_id=3, customer_id=11, price=Money(1_500, "RUB")),
        replace(ALICE, subscription_id=4, customer_id=12, price=Money(1_200, "RUB")),
    ]
    totals = campaign_totals(iter(subscribers), PLANNED, NOW)
    assert replace(totals, digest="") == CampaignTotals(
        subscriptions=4,
        customers=3,
        changed=3,
        kept_once_more=1,
        monthly_before=Money(4_700, "RUB"),
        monthly_after=Money(4_800, "RUB"),
        first_change_at=NOW + 5 * DAY,
        last_change_at=NOW + 40 * DAY,
        digest="",
    )
    assert totals.monthly_difference == Money(100, "RUB")


def test_years_count_by_the_month_and_round_once() -> None:
    planned = replace(PLANNED, interval=YEAR, amount=Money(1_003, "RUB"))
    totals = campaign_totals([replace(ALICE, subscription_id=number) for number in range(3)], planned, NOW)
    assert (totals.monthly_before, totals.monthly_after) == (Money(250, "RUB"), Money(251, "RUB"))


def test_totals_of_nobody() -> None:
    totals = campaign_totals([], PLANNED, NOW)
    assert (totals.subscriptions, totals.customers, totals.changed) == (0, 0, 0)
    assert totals.monthly_before == totals.monthly_after == Money(0, "RUB")
    assert (totals.first_change_at, totals.last_change_at) == (None, None)


@pytest.mark.parametrize(
    "other",
    [
        [ALICE, replace(ALICE, subscription_id=2)],
        [],
        [replace(ALICE, price=Money(1_001, "RUB"))],
        [replace(ALICE, customer_id=11)],
        [replace(ALICE, subscription_id=11, customer_id=0)],
    ],
)
def test_another_audience_has_another_digest(other: list[Subscriber]) -> None:
    assert campaign_totals(other, PLANNED, NOW).digest != campaign_totals([ALICE], PLANNED, NOW).digest


def test_time_and_renewals_alone_do_not_change_the_digest() -> None:
    later = campaign_totals([replace(ALICE, renews_at=NOW + 36 * DAY)], PLANNED, NOW + timedelta(hours=1))
    assert later.digest == campaign_totals([ALICE], PLANNED, NOW).digest


def test_a_rise_that_comes_an_instant_too_early_waits_one_more_period() -> None:
    on_time = replace(ALICE, renews_at=NOW + 30 * DAY, anchor_day=1)
    early = replace(on_time, renews_at=NOW + 30 * DAY - INSTANT)
    assert campaign_totals([on_time], PLANNED, NOW).kept_once_more == 0
    assert campaign_totals([early], PLANNED, NOW).kept_once_more == 1
