"""Which period a paid line starts, and when its money is the customer's instead (B4, C4, F5, G4)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.fulfilment import LATE_CONTINUATION, PaidLine, StartedPeriod, start_paid_line
from app.billing.periods import BillingInterval, Period, anchor_day_of, period_starting
from app.billing.subscription import RENEWING
from app.billing.subscription import SubscriptionStatus as Status
from tests.billing.facts import DAY, INSTANT, NOW

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
END = NOW + 2 * DAY
NEXT = Period(END, END + 31 * DAY)
FROM_NOW = StartedPeriod(period_starting(NOW, MONTH, 2), 2)

ORDER = PaidLine(
    interval=MONTH,
    period=None,
    status=Status.PENDING,
    period_end=None,
    trial_ends_at=None,
    given_up=False,
)
RENEWAL = replace(ORDER, period=NEXT, status=Status.ACTIVE, period_end=END)
CONTINUATION = replace(ORDER, period=period_starting(NOW, MONTH, 2), status=Status.TRIAL, trial_ends_at=NOW)


@pytest.mark.parametrize("status", [Status.PENDING, Status.TRIAL, Status.EXPIRED])
@pytest.mark.parametrize("given_up", [True, False])
def test_a_purchase_begins_with_the_money(status: Status, given_up: bool) -> None:
    assert start_paid_line(replace(ORDER, status=status, given_up=given_up), NOW) == FROM_NOW


def test_a_year_begins_with_the_money() -> None:
    assert start_paid_line(replace(ORDER, interval=YEAR), NOW) == StartedPeriod(
        period_starting(NOW, YEAR, 2), 2
    )


@pytest.mark.parametrize("status", sorted(RENEWING | {Status.CANCELED}))
def test_what_runs_already_is_not_bought_again(status: Status) -> None:
    assert start_paid_line(replace(ORDER, status=status, period_end=END), NOW) is None


@pytest.mark.parametrize("status", sorted(RENEWING))
@pytest.mark.parametrize("paid_at", [END - 14 * DAY, END, END + 9 * DAY])
def test_a_renewal_keeps_the_period_that_was_invoiced(status: Status, paid_at: datetime) -> None:
    assert start_paid_line(replace(RENEWAL, status=status), paid_at) == StartedPeriod(NEXT, None)


@pytest.mark.parametrize(
    "line",
    [
        replace(RENEWAL, status=Status.CANCELED),
        replace(RENEWAL, status=Status.CANCELED, given_up=True),
        replace(RENEWAL, status=Status.EXPIRED, given_up=True),
        replace(RENEWAL, status=Status.ACTIVE, given_up=True),
        replace(RENEWAL, status=Status.PAYMENT_PENDING, given_up=True),
        replace(RENEWAL, period_end=END + DAY),
        replace(RENEWAL, period_end=NEXT.end),
        replace(CONTINUATION, status=Status.ACTIVE, period_end=END),
        replace(CONTINUATION, given_up=True),
    ],
    ids=lambda line: f"{line.status} {'given up' if line.given_up else line.period_end}",
)
def test_money_for_what_can_not_start_is_the_customers(line: PaidLine) -> None:
    assert start_paid_line(line, NOW) is None


def test_a_renewal_paid_after_access_has_closed_begins_with_the_money() -> None:
    assert start_paid_line(replace(RENEWAL, status=Status.EXPIRED), NOW) == FROM_NOW


def test_a_trial_continues_where_it_ends() -> None:
    in_time = StartedPeriod(period_starting(NOW, MONTH, 2), 2)
    for late in (timedelta(), INSTANT, LATE_CONTINUATION - INSTANT):
        assert start_paid_line(CONTINUATION, NOW + late) == in_time


@pytest.mark.parametrize("late", [LATE_CONTINUATION, 40 * DAY])
def test_a_trial_that_continues_late_begins_with_the_money(late: timedelta) -> None:
    now = NOW + late
    anchor_day = anchor_day_of(now)
    assert start_paid_line(CONTINUATION, now) == StartedPeriod(
        period_starting(now, MONTH, anchor_day), anchor_day
    )


def test_a_trial_whose_end_was_moved_or_that_is_over_begins_with_the_money() -> None:
    assert start_paid_line(replace(CONTINUATION, trial_ends_at=NOW + DAY), NOW) == FROM_NOW
    assert start_paid_line(replace(CONTINUATION, status=Status.EXPIRED), NOW) == FROM_NOW


INSTANTS = st.integers(-500, 500).map(lambda hours: NOW + timedelta(hours=hours))
PERIODS = st.tuples(INSTANTS, st.timedeltas(INSTANT, 366 * DAY)).map(
    lambda each: Period(each[0], each[0] + each[1])
)
ANY = st.builds(
    PaidLine,
    interval=st.sampled_from(BillingInterval),
    period=st.none() | PERIODS,
    status=st.sampled_from(Status),
    period_end=st.none() | INSTANTS,
    trial_ends_at=st.none() | INSTANTS,
    given_up=st.booleans(),
)


@given(ANY, INSTANTS)
def test_a_started_period_is_the_invoiced_one_or_begins_now(line: PaidLine, now: datetime) -> None:
    started = start_paid_line(line, now)
    if started is None:
        return
    if started.anchor_day is None:
        assert line.status in RENEWING
        assert started.period == line.period
        assert started.period.start == line.period_end
    else:
        assert line.status not in RENEWING | {Status.CANCELED}
        assert started.period.start in {now, line.trial_ends_at}
        assert started.anchor_day == anchor_day_of(started.period.start)


@given(ANY, INSTANTS)
def test_what_was_given_up_is_never_renewed(line: PaidLine, now: datetime) -> None:
    if line.period is not None and line.given_up:
        assert start_paid_line(line, now) is None
