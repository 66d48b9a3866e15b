"""Days, periods and instants as people read them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import dates

from app.formatting.locale import Locale, with_printable_spaces

MOSCOW = ZoneInfo("Europe/Moscow")
"""The seller's zone: the only one that instants are shown in (design §2.2)."""

_SHORT_DATE = {"ru": "dd.MM.yyyy", "en": "d MMM y"}
_LONG_DATE = {"ru": "d MMMM y\u00a0'г'.", "en": "d MMMM y"}
_MONTH = "LLLL y"  # MMMM would put the Russian month into the genitive
_TIME = {"ru": "HH:mm\u00a0'МСК'", "en": "HH:mm\u00a0'MSK'"}


def format_date(day: date, locale: Locale) -> str:
    """The day for tables: «21.11.2026», `21 Nov 2026`. Raises TypeError for an instant."""
    return _format_day(day, _SHORT_DATE[locale], locale)


def format_long_date(day: date, locale: Locale) -> str:
    """The day in words: «21 ноября 2026 г.», `21 November 2026`. Raises TypeError for an instant."""
    return _format_day(day, _LONG_DATE[locale], locale)


def format_month(day: date, locale: Locale) -> str:
    """The month that the day lies in: «ноябрь 2026», `November 2026`. Raises TypeError for an instant."""
    return _format_day(day, _MONTH, locale)


def format_period(first: date, last: date, locale: Locale) -> str:
    """A period by its first and last day, both included: «21.11.2026 – 20.12.2026»."""
    return f"{format_date(first, locale)} – {format_date(last, locale)}"


def format_instant(instant: datetime, locale: Locale) -> str:
    """An instant on the Moscow clock: «01.12.2026, 00:30 МСК». Raises ValueError without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone can't be shown")
    local = instant.astimezone(MOSCOW)
    time = dates.format_time(local, _TIME[locale], tzinfo=MOSCOW, locale=locale)
    return f"{format_date(local.date(), locale)}, {time}"


def _format_day(day: date, pattern: str, locale: Locale) -> str:
    # An instant is a day too for Python, but which one depends on a zone that nobody chose here.
    if isinstance(day, datetime):
        raise TypeError("a day is wanted, not an instant")
    return with_printable_spaces(dates.format_date(day, pattern, locale=locale))
