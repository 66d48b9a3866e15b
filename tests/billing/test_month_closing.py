"""Closing of months: the checklist and the days that stay open."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.month_closing import (
    CLOSING_TRANSITIONS,
    CheckResult,
    ClosingCheck,
    ClosingState,
    MonthNotOver,
    checks_to_do,
    first_open_day,
    is_ready,
    last_day_of_month,
    month_of,
    next_month,
    require_over,
)

ALL = [CheckResult(check, 0) for check in ClosingCheck]
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def test_a_month_is_ready_when_every_check_was_made_and_found_nothing() -> None:
    assert is_ready(ALL)
    assert not is_ready([])
    assert not is_ready(ALL[1:])
    for place in range(len(ALL)):
        assert not is_ready([*ALL[:place], CheckResult(ALL[place].check, 1), *ALL[place + 1 :]])


def test_what_is_left_of_the_checklist_keeps_its_order() -> None:
    assert checks_to_do([]) == list(ClosingCheck)
    assert checks_to_do(ALL) == []
    assert checks_to_do(ALL[2:3]) == [check for check in ClosingCheck if check is not ALL[2].check]


@pytest.mark.parametrize(
    ("day", "closed", "answer"),
    [
        (date(2026, 3, 17), [], date(2026, 3, 17)),
        (date(2026, 3, 17), [date(2026, 2, 1), date(2026, 4, 1)], date(2026, 3, 17)),
        (date(2026, 3, 17), [date(2026, 3, 1)], date(2026, 4, 1)),
        (date(2026, 3, 31), [date(2026, 3, 1), date(2026, 4, 1)], date(2026, 5, 1)),
        (date(2025, 12, 31), [date(2025, 12, 1)], date(2026, 1, 1)),
        (date(2025, 11, 30), [date(2025, 12, 1), date(2025, 11, 1), date(2026, 1, 1)], date(2026, 2, 1)),
    ],
)
def test_what_comes_late_gets_the_next_open_day(day: date, closed: list[date], answer: date) -> None:
    assert first_open_day(day, closed) == answer


@given(days, st.sets(days.map(month_of), max_size=5))
def test_an_open_day_is_never_earlier_and_never_in_a_closed_month(day: date, closed: set[date]) -> None:
    found = first_open_day(day, closed)
    assert found >= day
    assert month_of(found) not in closed
    assert found == day or found.day == 1


@given(days)
def test_months_follow_each_other(day: date) -> None:
    first, last = month_of(day), last_day_of_month(day)
    assert first <= day <= last
    assert (next_month(day) - last).days == 1
    assert next_month(day).day == 1


@pytest.mark.parametrize(
    ("month", "today", "over"),
    [
        (date(2026, 3, 1), date(2026, 3, 31), False),
        (date(2026, 3, 1), date(2026, 4, 1), True),
        (date(2025, 12, 1), date(2025, 12, 31), False),
        (date(2025, 12, 1), date(2026, 1, 1), True),
        (date(2026, 5, 1), date(2026, 4, 1), False),
    ],
)
def test_only_a_month_whose_every_day_has_passed_is_over(month: date, today: date, over: bool) -> None:
    if over:
        require_over(month, today)
        return
    with pytest.raises(MonthNotOver):
        require_over(month, today)


def test_a_closed_month_is_only_reopened_and_a_reopened_one_is_checked_again() -> None:
    checking, refused, closed, reopened = ClosingState
    may_follow = {(old, new) for old in ClosingState for new in ClosingState
                  if CLOSING_TRANSITIONS.permits(old, new)}  # fmt: skip
    assert may_follow == {
        (checking, refused), (checking, closed), (refused, checking), (closed, reopened),
        (reopened, checking),
    }  # fmt: skip
