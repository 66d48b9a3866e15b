"""Filters of lists. A value that can't be right finds nothing; it never breaks a query.

Flask-AppBuilder's own ones let a bad enumeration, date or too large number through to the database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_babel import lazy_gettext as _
from sqlalchemy import false

from app.formatting.dates import MOSCOW

BIGGEST_NUMBER = 2**63 - 1


class RecordFilter(BaseFilter):
    """A filter on one column: `condition` answers an SQL expression, `false()` for an impossible value."""

    def apply(self, query: Any, value: str) -> Any:
        """The query narrowed by this filter."""
        return query.filter(self.condition(value.strip()))

    def condition(self, value: str) -> Any:
        """What must hold for a row to be shown."""
        raise NotImplementedError

    @property
    def column(self) -> Any:
        """The model's column."""
        return getattr(self.model, self.column_name)


class Contains(RecordFilter):
    """Text that stands anywhere; `%` and `_` are ordinary characters."""

    name = _("Contains")

    def condition(self, value: str) -> Any:
        """Case does not matter."""
        return self.column.icontains(value, autoescape=True)


class StartsWith(RecordFilter):
    """Text at the beginning."""

    name = _("Starts with")

    def condition(self, value: str) -> Any:
        """Case does not matter."""
        return self.column.istartswith(value, autoescape=True)


class Equals(RecordFilter):
    """Exactly this text."""

    name = _("Equal to")

    def condition(self, value: str) -> Any:
        """Case matters."""
        return self.column == value


class IsValue(RecordFilter):
    """One value of an enumeration."""

    name = _("Equal to")

    def condition(self, value: str) -> Any:
        """Nothing for a value that the enumeration lacks."""
        kinds = self.column.type.enum_class
        return self.column == kinds(value) if value in set(kinds) else false()


class IsNotValue(IsValue):
    """Any value of an enumeration but this."""

    name = _("Not Equal to")

    def condition(self, value: str) -> Any:
        """Everything for a value that the enumeration lacks."""
        return ~super().condition(value)


class IsTrue(RecordFilter):
    """Yes or no."""

    name = _("Equal to")

    def condition(self, value: str) -> Any:
        """`y` is yes, anything else no."""
        return self.column.is_(value == "y")


class IsNumber(RecordFilter):
    """Exactly this number."""

    name = _("Equal to")

    def condition(self, value: str) -> Any:
        """Nothing for what is no number."""
        number = whole_number(value)
        return false() if number is None else self.column == number


class MoreThan(RecordFilter):
    """A larger number."""

    name = _("Greater than")

    def condition(self, value: str) -> Any:
        """Nothing for what is no number."""
        number = whole_number(value)
        return false() if number is None else self.column > number


class LessThan(RecordFilter):
    """A smaller number."""

    name = _("Smaller than")

    def condition(self, value: str) -> Any:
        """Nothing for what is no number."""
        number = whole_number(value)
        return false() if number is None else self.column < number


class SinceDay(RecordFilter):
    """This day or later; for instants the day is Moscow's."""

    name = _("Not before")

    def condition(self, value: str) -> Any:
        """Nothing for what is no day."""
        day = as_day(value)
        return false() if day is None else self.column >= self._bound(day)

    def _bound(self, day: date) -> date:
        return start_of_day(day) if self.datamodel.is_datetime(self.column_name) else day


class UntilDay(SinceDay):
    """This day or earlier; for instants the day is Moscow's."""

    name = _("Not after")

    def condition(self, value: str) -> Any:
        """Nothing for what is no day."""
        day = as_day(value)
        return false() if day is None else self.column < self._bound(day + timedelta(days=1))


class Filled(RecordFilter):
    """Whether there is a value at all."""

    name = _("Is set")

    def condition(self, value: str) -> Any:
        """`y` is yes, anything else no."""
        return self.column.is_not(None) if value == "y" else self.column.is_(None)


def whole_number(value: str) -> int | None:
    """The number, or None for anything that is none or does not fit the database."""
    try:
        number = int(value)
    except ValueError:
        return None
    return number if abs(number) <= BIGGEST_NUMBER else None


def as_day(value: str) -> date | None:
    """The day in ISO form, or the day of an instant; None for anything else."""
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return day if date.min < day < date.max else None


def start_of_day(day: date) -> datetime:
    """The first instant of this day in Moscow."""
    return datetime.combine(day, time(), MOSCOW).astimezone(UTC)
