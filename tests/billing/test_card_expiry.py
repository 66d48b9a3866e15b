"""A card that runs out before its next charge: told 30 and 7 days ahead, once each (H6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.card_expiry import CARD_NOTICES, card_notice_due, last_day_of_card

LAST = date(2026, 8, 31)


@pytest.mark.parametrize(
    ("year", "month", "last_day"),
    [
        (2026, 8, date(2026, 8, 31)),
        (2028, 2, date(2028, 2, 29)),
        (2027, 2, date(2027, 2, 28)),
        (2026, 12, date(2026, 12, 31)),
        (2026, 1, date(2026, 1, 31)),
    ],
)
def test_a_card_is_valid_to_the_end_of_its_month(year: int, month: int, last_day: date) -> None:
    assert last_day_of_card(year, month) == last_day


@pytest.mark.parametrize("month", [0, 13, -1])
def test_a_month_that_is_none_is_refused(month: int) -> None:
    with pytest.raises(ValueError, match="month"):
        last_day_of_card(2026, month)


@pytest.mark.parametrize(
    ("today", "noticed_on", "due"),
    [
        (date(2026, 7, 31), None, False),
        (date(2026, 8, 1), None, True),
        (date(2026, 8, 1), date(2026, 8, 1), False),
        (date(2026, 8, 23), date(2026, 8, 1), False),
        (date(2026, 8, 24), date(2026, 8, 1), True),
        (date(2026, 8, 24), None, True),
        (date(2026, 8, 31), date(2026, 8, 24), False),
        (date(2026, 8, 31), None, True),
        (date(2026, 9, 1), None, False),
    ],
)
def test_when_the_owner_is_told(today: date, noticed_on: date | None, due: bool) -> None:
    assert card_notice_due(LAST, noticed_on, today) is due


@given(st.sets(st.integers(-60, 10)))
def test_whoever_looks_on_whatever_days_tells_at_most_twice(days: set[int]) -> None:
    noticed_on, told = None, 0
    for day in sorted(days):
        today = LAST + timedelta(days=day)
        if card_notice_due(LAST, noticed_on, today):
            noticed_on, told = today, told + 1
    assert told <= len(CARD_NOTICES)
