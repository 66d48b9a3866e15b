"""When loaded customers bought, and the numbers of their invoices."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.periods import local_date
from app.cli.bulk_load.moments import moments
from app.cli.bulk_load.numbers import numbered

INSTANTS = st.datetimes(datetime(2021, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
HISTORIES = st.integers(0, 24)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@settings(max_examples=50, deadline=None)
@given(INSTANTS, HISTORIES)
def test_the_last_period_runs_and_its_renewal_is_still_to_come(now: datetime, history: int) -> None:
    known = moments(now, history)
    assert len(known) >= 100
    for moment in known:
        running = moment.periods[-1].period
        assert running.contains(now)
        assert len(moment.periods) == history + 1
        renewal_due_at = moment.schedule.renewal_due_at
        assert renewal_due_at is None or renewal_due_at > now
        assert (renewal_due_at is None) == (moment.noticed_end != running.end)


@settings(max_examples=50, deadline=None)
@given(INSTANTS, HISTORIES)
def test_periods_follow_each_other_and_are_paid_in_their_order(now: datetime, history: int) -> None:
    for moment in moments(now, history):
        for before, after in pairwise(moment.periods):
            assert before.period.end == after.period.start
            assert before.paid_at < after.paid_at <= now
            assert local_date(after.paid_at) == local_date(after.period.start)


@pytest.mark.parametrize("customers", [28, 1000])
def test_customers_are_spread_over_the_days(customers: int) -> None:
    known = moments(NOW, 0)
    days = {local_date(known[n % len(known)].bought_at) for n in range(customers)}
    assert len(days) >= 27


@settings(max_examples=50, deadline=None)
@given(INSTANTS, st.integers(0, 14), st.integers(1, 400))
def test_numbers_have_no_gap_and_follow_the_days(now: datetime, history: int, customers: int) -> None:
    known = moments(now, history)
    numbering = numbered(known, customers)
    issued: dict[int, list[tuple[int, datetime]]] = {}
    for n in range(customers):
        turn, place = divmod(n, len(known))
        for paid in known[place].periods:
            number = numbering.before[place, paid.ordinal] + turn + 1
            issued.setdefault(paid.issued_on.year, []).append((number, paid.paid_at))
    for year, given_numbers in issued.items():
        in_order = sorted(given_numbers)
        assert [number for number, _ in in_order] == list(range(1, numbering.last_numbers[year] + 1))
        assert all(before[1] <= after[1] for before, after in pairwise(in_order))
    assert set(issued) == set(numbering.last_numbers)
