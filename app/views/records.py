"""How Flask-AppBuilder reads our tables: the filters of a column, what is loaded along, errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_appbuilder.exceptions import FABException
from flask_appbuilder.models.filters import BaseFilterConverter, Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from app.views import filters as kinds

FILTERS_OF_TYPE = (
    ("is_enum", (kinds.IsValue, kinds.IsNotValue)),
    ("is_text", (kinds.Contains, kinds.StartsWith, kinds.Equals)),
    ("is_string", (kinds.Contains, kinds.StartsWith, kinds.Equals)),
    ("is_boolean", (kinds.IsTrue,)),
    ("is_integer", (kinds.IsNumber, kinds.MoreThan, kinds.LessThan)),
    ("is_date", (kinds.SinceDay, kinds.UntilDay)),
    ("is_datetime", (kinds.SinceDay, kinds.UntilDay)),
)


class RecordFilterConverter(BaseFilterConverter):
    """The filters of a column: the view's own, else those of its type."""

    def convert(self, col_name: str) -> list[kinds.RecordFilter] | None:
        """The filters of this column, or None when it can't be searched."""
        own = self.datamodel.own_filters.get(col_name)
        for is_type, classes in FILTERS_OF_TYPE:
            if own is None and getattr(self.datamodel, is_type)(col_name):
                own = classes
        return [kind(col_name, self.datamodel) for kind in own] if own else None


class RecordFilters(Filters):
    """The filters of one request; only columns that the view lets be searched ever get in."""

    def add_filter_index(self, column_name: str, filter_instance_index: int, value: Any) -> None:
        """Add the filter that an address names; a column or number that does not exist is ignored."""
        known = self._search_filters.get(column_name, [])
        if filter_instance_index < len(known):
            self._add_filter(known[filter_instance_index], value)


class Records(SQLAInterface):
    """A table as a view shows it.

    `loads` are options of the query, so that a list costs the same number of queries whatever its
    length; `own_filters` are filters by names that need not be columns; `computed` are further columns of a
    row, made of what is loaded already.
    """

    filter_converter_class = RecordFilterConverter

    def __init__(
        self,
        model: type[Any],
        *,
        loads: Sequence[Any] = (),
        own_filters: Mapping[str, Sequence[type[kinds.RecordFilter]]] | None = None,
        computed: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.loads = tuple(loads)
        self.computed = dict(computed or {})
        self.own_filters = dict(own_filters or {})
        super().__init__(model)

    def get_filters(self, search_columns: Any = None, search_filters: Any = None) -> RecordFilters:
        """Fresh filters for these columns."""
        return RecordFilters(self.filter_converter_class, self, search_columns=search_columns or [])

    def get_order_columns_list(self, list_columns: list[str] | None = None) -> list[str]:
        """Columns that the database can sort by; properties are not among them."""
        return [name for name in list_columns or [] if name in self.list_columns]

    def apply_all(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """The query with filters, order, page, and with what is loaded along."""
        return super().apply_all(query.options(*self.loads), *arguments, **options)

    def add(self, item: Any, commit: bool = True) -> None:
        """Store a new row; a refusal of the database becomes a sentence without its internals."""
        try:
            super().add(item, commit)
        except SQLAlchemyError as error:
            raise FABException(gettext("This record contradicts another one and was not saved.")) from error

    def _get_attr_value(self, item: Any, col: str) -> Any:
        """The value itself: an enumeration stays one, so that it can be shown in words."""
        if col in self.computed:
            return self.computed[col](item)
        value = item
        for name in col.split("."):
            value = getattr(value, name, None)
        return value() if callable(value) else value
