"""When the end of a period is announced and when the next one is invoiced (G2, G3, design §4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval, local_date, start_of_local_day
from app.billing.renewal import (
    NOTHING_DUE,
    RENEWAL_POLICY,
    RenewalFacts,
    RenewalPolicy,
    RenewalSchedule,
    schedule,
)
from app.billing.subscription import SubscriptionStatus as Status
from tests.billing.facts import DAY

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
CARD, TRANSFER = PaymentMethodKind.CARD, PaymentMethodKind.BANK_TRANSFER
HOUR = timedelta(hours=1)
ENDS = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
DAY_OF_END = datetime(2026, 4, 1, 21, 0, tzinfo=UTC)  # midnight in Moscow

CARD_MONTH = RenewalFacts(
    status=Status.ACTIVE,
    auto_renew=True,
    method=CARD,
    interval=MONTH,
    metered=False,
    ends_at=ENDS,
    continues_after_trial=False,
    noticed_at=None,
    noticed_end=None,
    invoiced=False,
)


def facts(**changes: object) -> RenewalFacts:
    return replace(CARD_MONTH, **changes)  # type: ignore[arg-type]  # any field may be given by name


def told(at: datetime, **changes: object) -> RenewalFacts:
    """The customer was told at this instant about the end as it stands."""
    return facts(noticed_at=at, noticed_end=ENDS, **changes)


TRIAL = {"status": Status.TRIAL, "continues_after_trial": True}
NOTICES = {
    "a month by card: 3 days before the day": (facts(), DAY_OF_END - 3 * DAY),
    "a year by card: 14 days": (facts(interval=YEAR), DAY_OF_END - 14 * DAY),
    "pay-as-you-go: 3 days, also by the year": (facts(metered=True, interval=YEAR), DAY_OF_END - 3 * DAY),
    "a trial that continues: 2 days": (facts(**TRIAL, interval=YEAR), DAY_OF_END - 2 * DAY),
    "renewal off: access ends": (facts(auto_renew=False), DAY_OF_END - 3 * DAY),
    "renewal off by transfer": (facts(auto_renew=False, method=TRANSFER), DAY_OF_END - 3 * DAY),
    "a year with renewal off": (facts(auto_renew=False, interval=YEAR), DAY_OF_END - 14 * DAY),
    "told of another end": (
        facts(noticed_at=ENDS - 30 * DAY, noticed_end=ENDS - 28 * DAY),
        DAY_OF_END - 3 * DAY,
    ),
}


@pytest.mark.parametrize(("known", "due"), NOTICES.values(), ids=NOTICES.keys())
def test_first_there_is_only_a_notice(known: RenewalFacts, due: datetime) -> None:
    assert schedule(known) == RenewalSchedule(due, None)


RENEWALS = {
    "told in time: the start of the local day": (told(DAY_OF_END - 3 * DAY), DAY_OF_END),
    "told a day before it: still its start": (told(DAY_OF_END - DAY), DAY_OF_END),
    "told an hour later: an hour into it": (told(DAY_OF_END - 23 * HOUR), DAY_OF_END + HOUR),
    "told after the end: a day after the notice": (told(ENDS + 5 * DAY), ENDS + 6 * DAY),
    "a trial: not before its last moment": (told(ENDS - 2 * DAY, **TRIAL), ENDS),
    "a trial told late": (told(ENDS - HOUR, **TRIAL), ENDS + 23 * HOUR),
    "pay-as-you-go: when the month is over": (told(ENDS - 3 * DAY, metered=True), ENDS),
    "a transfer is invoiced 14 days ahead": (facts(method=TRANSFER), DAY_OF_END - 14 * DAY),
    "a year by transfer as well": (facts(method=TRANSFER, interval=YEAR), DAY_OF_END - 14 * DAY),
    "a transfer needs no other notice": (told(ENDS - DAY, method=TRANSFER), DAY_OF_END - 14 * DAY),
}


@pytest.mark.parametrize(("known", "due"), RENEWALS.values(), ids=RENEWALS.keys())
def test_then_the_next_period_is_invoiced(known: RenewalFacts, due: datetime) -> None:
    assert schedule(known) == RenewalSchedule(None, due)


@pytest.mark.parametrize(
    "known",
    [
        facts(ends_at=None),
        facts(invoiced=True),
        told(ENDS - 3 * DAY, invoiced=True),
        facts(invoiced=True, method=TRANSFER),
        facts(status=Status.TRIAL),
        facts(**TRIAL, auto_renew=False),
        told(ENDS - 3 * DAY, auto_renew=False),
        *(facts(status=status) for status in set(Status) - {Status.ACTIVE, Status.TRIAL}),
    ],
)
def test_nothing_is_due(known: RenewalFacts) -> None:
    assert schedule(known) == NOTHING_DUE


def test_the_lengths_are_policy() -> None:
    assert (
        RenewalPolicy(
            monthly_notice=3 * DAY,
            yearly_notice=14 * DAY,
            metered_notice=3 * DAY,
            trial_notice=2 * DAY,
            transfer_lead=14 * DAY,
            notice_age=24 * HOUR,
        )
        == RENEWAL_POLICY
    )
    patient = RenewalPolicy(monthly_notice=30 * DAY, notice_age=48 * HOUR)
    assert schedule(facts(), patient).notice_due_at == DAY_OF_END - 30 * DAY
    assert schedule(told(ENDS), patient).renewal_due_at == ENDS + 2 * DAY


def test_another_sellers_day_starts_at_another_instant() -> None:
    assert schedule(told(ENDS - 3 * DAY), zone=ZoneInfo("UTC")).renewal_due_at == datetime(
        2026, 4, 2, tzinfo=UTC
    )


INSTANTS = st.integers(-60 * 24, 60 * 24).map(lambda hours: ENDS + hours * HOUR)
ANY = st.builds(
    RenewalFacts,
    status=st.sampled_from(Status),
    auto_renew=st.booleans(),
    method=st.sampled_from(PaymentMethodKind),
    interval=st.sampled_from(BillingInterval),
    metered=st.booleans(),
    ends_at=st.none() | INSTANTS,
    continues_after_trial=st.booleans(),
    noticed_at=st.none() | INSTANTS,
    noticed_end=st.none() | INSTANTS,
    invoiced=st.booleans(),
)
TOLD_OF_ITS_END = ANY.map(lambda known: replace(known, noticed_end=known.ends_at, invoiced=False))


@given(ANY)
def test_notice_and_renewal_are_never_due_together(known: RenewalFacts) -> None:
    dates = schedule(known)
    assert dates.notice_due_at is None or dates.renewal_due_at is None


@given(ANY | TOLD_OF_ITS_END)
def test_only_what_runs_and_is_wanted_is_renewed(known: RenewalFacts) -> None:
    if schedule(known).renewal_due_at is not None:
        assert known.auto_renew
        assert known.status in {Status.ACTIVE, Status.TRIAL}
        assert not known.invoiced


@given(TOLD_OF_ITS_END)
def test_no_automatic_charge_without_a_notice_a_day_old_or_before_its_day(known: RenewalFacts) -> None:
    due = schedule(known).renewal_due_at
    if due is None or (known.method is TRANSFER and not known.metered):
        return
    assert known.ends_at is not None
    assert known.noticed_at is not None
    assert known.noticed_end == known.ends_at
    assert due >= known.noticed_at + 24 * HOUR
    assert due >= start_of_local_day(local_date(known.ends_at))


@given(ANY, INSTANTS)
def test_whoever_is_told_of_what_is_due_is_not_told_again(known: RenewalFacts, now: datetime) -> None:
    if schedule(known).notice_due_at is None:
        return
    after = replace(known, noticed_at=now, noticed_end=known.ends_at)
    assert schedule(after).notice_due_at is None
    assert (schedule(after).renewal_due_at is not None) == known.auto_renew
