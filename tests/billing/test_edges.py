"""Edges of the rules, each found by a change of the rule that no other test noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.billing.checkout import AlreadySubscribed, WantedSubscription, subscription_for
from app.billing.dunning import is_due
from app.billing.invoice import PaymentMethodKind
from app.billing.ledger import Account, EntryKind, balance_used, trial_balance_is_zero
from app.billing.metering import notice_due_at, period_of
from app.billing.money import Money
from app.billing.periods import (
    BillingInterval,
    Period,
    anchor_day_of,
    local_days,
    next_renewal_period,
    period_starting,
    service_months,
)
from app.billing.price_campaign import PlannedPrice, Subscriber, campaign_totals, pays_from
from app.billing.price_change import PriceChangePolicy
from app.billing.renewal import RenewalFacts, schedule
from app.billing.subscription import SubscriptionStatus
from app.billing.trial import TrialFacts, canonical_email, trial_period
from tests.billing.facts import CRM, DAY, ELSEWHERE, HERE, INSTANT, NOW, active

FAR_EAST = ZoneInfo("Asia/Kamchatka")
"""Twelve hours ahead of UTC, nine of Moscow: its day begins in the afternoon of Moscow's day before."""
EVENING = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
"""31 March in Moscow and 1 April in Kamchatka."""
MONTH = BillingInterval.MONTH
RUB = Money(1, "RUB")


def test_the_day_of_another_zone_decides_on_both_sides() -> None:
    assert anchor_day_of(EVENING) == 31
    assert anchor_day_of(EVENING, FAR_EAST) == 1
    assert local_days(Period(EVENING - DAY, EVENING + 2 * DAY), FAR_EAST) == 3
    assert local_days(Period(EVENING, datetime(2026, 4, 1, 13, tzinfo=UTC)), FAR_EAST) == 1


def test_days_count_from_the_zones_own_day_of_the_start() -> None:
    late_in_moscow = datetime(2026, 3, 31, 13, 0, tzinfo=UTC)
    assert local_days(Period(late_in_moscow, late_in_moscow + DAY), FAR_EAST) == 1
    assert local_days(Period(late_in_moscow, datetime(2026, 4, 2, 11, tzinfo=UTC)), FAR_EAST) == 1
    assert local_days(Period(late_in_moscow, datetime(2026, 4, 2, 11, tzinfo=UTC))) == 2


def test_what_is_computed_is_in_utc() -> None:
    moscow = EVENING.astimezone(ZoneInfo("Europe/Moscow"))
    period = period_starting(moscow, MONTH, 31)
    renewal = next_renewal_period(moscow, None, MONTH, 31).period
    for instant in (period.start, period.end, renewal.start, renewal.end):
        assert instant.tzinfo is UTC


def test_extra_days_are_counted_in_the_sellers_zone() -> None:
    nominal_end = datetime(2026, 3, 31, 11, 0, tzinfo=UTC)  # 31 March, 23:00 in Kamchatka
    extended = datetime(2026, 4, 29, 13, 0, tzinfo=UTC)  # 30 April there, 29 April in Moscow
    renewal = next_renewal_period(extended, nominal_end, MONTH, 31, FAR_EAST)
    assert renewal.nominal.start == datetime(2026, 4, 30, 11, 0, tzinfo=UTC)
    assert renewal.period.end == datetime(2026, 5, 31, 11, 0, tzinfo=UTC)


def test_service_months_are_cut_in_the_sellers_zone() -> None:
    start = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)  # the first moment of April in Kamchatka
    end = datetime(2026, 4, 30, 13, 0, tzinfo=UTC)  # 1 May there: no date is between
    assert service_months(Period(start, end), 1, FAR_EAST) == (Period(start, end),)
    later = datetime(2026, 5, 1, 13, 0, tzinfo=UTC)  # 2 May there, 1 May in Moscow
    assert len(service_months(Period(start, later), 1, FAR_EAST)) == 2


def test_months_of_operations_are_the_sellers() -> None:
    april = date(2026, 4, 1)
    assert period_of(april, FAR_EAST) == Period(
        datetime(2026, 3, 31, 12, tzinfo=UTC), datetime(2026, 4, 30, 12, tzinfo=UTC)
    )
    assert notice_due_at(april, zone=FAR_EAST) == datetime(2026, 4, 27, 12, tzinfo=UTC)


def test_a_renewal_is_due_on_the_day_of_the_sellers_zone() -> None:
    facts = RenewalFacts(
        status=SubscriptionStatus.ACTIVE,
        auto_renew=True,
        method=PaymentMethodKind.CARD,
        interval=MONTH,
        metered=False,
        ends_at=EVENING,
        continues_after_trial=False,
        noticed_at=EVENING - 3 * DAY,
        noticed_end=EVENING,
        invoiced=False,
    )
    assert schedule(facts, zone=FAR_EAST).renewal_due_at == datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert schedule(facts).renewal_due_at == datetime(2026, 3, 30, 21, tzinfo=UTC)


@pytest.mark.parametrize(("postpaid", "paid"), [(True, Account.RECEIVABLE), (False, Account.ADVANCES)])
def test_the_balance_pays_what_was_used_or_what_is_to_come(postpaid: bool, paid: Account) -> None:
    (entry,) = balance_used(RUB, postpaid)
    assert (entry.kind, entry.debit, entry.credit) == (EntryKind.BALANCE_USED, Account.CUSTOMER_BALANCE, paid)


def test_one_account_alone_is_in_balance_only_when_it_is_empty() -> None:
    assert trial_balance_is_zero({Account.ADVANCES: RUB * 0})
    assert not trial_balance_is_zero({Account.ADVANCES: RUB})


def test_a_subscription_elsewhere_hides_none_that_stands_here() -> None:
    held = [
        replace(active(make_account=ELSEWHERE), subscription_id=1),
        replace(active(make_account=HERE), subscription_id=2),
    ]
    with pytest.raises(AlreadySubscribed):
        subscription_for(WantedSubscription(CRM, HERE), held)


def test_all_that_may_be_tried_is_tried() -> None:
    facts = TrialFacts(activated=True, used_before=False, chosen=(1, 2, 3), eligible=frozenset({1, 2, 3}))
    assert trial_period(facts, NOW).end == NOW + timedelta(days=7)


def test_the_domain_begins_after_the_last_at_sign() -> None:
    assert canonical_email('"a@b+c"@Example.COM') == '"a@b@example.com'


def subscriber(renews_at: datetime, nominal_end: datetime | None = None, minor: int = 1_000) -> Subscriber:
    return Subscriber(
        subscription_id=1,
        customer_id=1,
        price=Money(minor, "RUB"),
        renews_at=renews_at,
        nominal_end=nominal_end,
        anchor_day=7,
    )


def test_the_first_change_is_the_earliest_whoever_comes_first() -> None:
    planned = PlannedPrice(Money(900, "RUB"), MONTH, NOW)
    totals = campaign_totals(
        [subscriber(NOW + 2 * DAY), subscriber(NOW + DAY), subscriber(NOW + 3 * DAY)], planned, NOW
    )
    assert (totals.first_change_at, totals.last_change_at) == (NOW + DAY, NOW + 3 * DAY)


def test_how_long_a_rise_waits_is_policy() -> None:
    planned = PlannedPrice(Money(1_200, "RUB"), MONTH, NOW)
    one_day = PriceChangePolicy(notice=DAY)
    assert pays_from(subscriber(NOW + 2 * DAY), planned, NOW, one_day) == NOW + 2 * DAY
    totals = campaign_totals([subscriber(NOW + 2 * DAY)], planned, NOW, one_day)
    assert (totals.kept_once_more, totals.first_change_at) == (0, NOW + 2 * DAY)


def test_after_extra_days_the_next_renewal_is_on_the_billing_day() -> None:
    extended = subscriber(datetime(2026, 4, 5, 9, tzinfo=UTC), datetime(2026, 3, 7, 9, tzinfo=UTC))
    planned = PlannedPrice(Money(1_200, "RUB"), MONTH, datetime(2026, 4, 6, tzinfo=UTC))
    assert pays_from(extended, planned, NOW) == datetime(2026, 4, 7, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first_failed_at", "next_attempt_at", "counts"),
    [
        (None, NOW + INSTANT, False),
        (None, NOW, True),
        (None, NOW - DAY, True),
        (None, None, True),
        (NOW - DAY, NOW + DAY, True),
        (NOW - DAY, None, True),
    ],
    ids=["before its day", "on its day", "late", "without a day", "between retries", "after the last retry"],
)
def test_a_failure_counts_from_the_day_of_the_charge(
    first_failed_at: datetime | None, next_attempt_at: datetime | None, counts: bool
) -> None:
    assert is_due(first_failed_at, next_attempt_at, NOW) is counts
