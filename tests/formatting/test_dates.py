"""Days and instants: Russian grammar, printable spaces and the Moscow clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formatting.dates import format_date, format_instant, format_long_date, format_month, format_period
from app.formatting.locale import Locale

NOVEMBER_21 = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("format_day", "locale", "text"),
    [
        (format_date, "ru", "21.11.2026"),
        (format_date, "en", "21 Nov 2026"),
        (format_long_date, "ru", "21 ноября 2026\u00a0г."),
        (format_long_date, "en", "21 November 2026"),
        (format_month, "ru", "ноябрь 2026"),
        (format_month, "en", "November 2026"),
    ],
)
def test_a_day_in_each_form(format_day: Callable[[date, Locale], str], locale: Locale, text: str) -> None:
    assert format_day(NOVEMBER_21, locale) == text


def test_days_of_one_digit_keep_the_column_width_in_russian_only() -> None:
    assert format_date(date(2026, 3, 1), "ru") == "01.03.2026"
    assert format_date(date(2026, 3, 1), "en") == "1 Mar 2026"


def test_a_period_names_both_days() -> None:
    assert format_period(NOVEMBER_21, date(2026, 12, 20), "ru") == "21.11.2026 – 20.12.2026"


@pytest.mark.parametrize("format_day", [format_date, format_long_date, format_month])
def test_an_instant_is_not_taken_for_a_day(format_day: Callable[[date, Locale], str]) -> None:
    with pytest.raises(TypeError):
        format_day(datetime(2026, 11, 30, 21, 30, tzinfo=UTC), "ru")


def test_an_evening_in_utc_is_the_next_day_in_moscow() -> None:
    instant = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
    assert format_instant(instant, "ru") == "01.12.2026, 00:30\u00a0МСК"
    assert format_instant(instant, "en") == "1 Dec 2026, 00:30\u00a0MSK"


def test_an_instant_may_come_in_any_zone_but_not_without_one() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert format_instant(datetime(2026, 12, 1, 6, 30, tzinfo=tokyo), "ru") == "01.12.2026, 00:30\u00a0МСК"
    with pytest.raises(ValueError, match="time zone"):
        format_instant(datetime(2026, 12, 1, 6, 30), "ru")  # noqa: DTZ001 - the naive value is the point


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["ru", "en"]))
def test_no_form_of_a_day_has_a_space_that_fonts_lack(day: date, locale: Locale) -> None:
    for text in (format_date(day, locale), format_long_date(day, locale), format_month(day, locale)):
        assert "\u202f" not in text
        assert str(day.year) in text
