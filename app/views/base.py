"""What every view of records shares: read-only unless it says otherwise, formatted, filtered per request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from flask import abort, g, has_request_context, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.widgets import ShowWidget
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from app.views.context import may
from app.views.filters import Filled
from app.views.labels import LABELS
from app.views.presentation import shown


class Facts(ShowWidget):
    """The facts of a record, side by side."""

    template = "back_office/facts.html"


READ_ONLY = ("can_list", "can_show")


@dataclass(frozen=True, slots=True)
class Section:
    """A table below the facts of a record; cells are shown by their type."""

    title: Any
    headings: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    more_url: str | None = None
    """Where the rest is, when there is more than is shown."""


@dataclass(frozen=True, slots=True)
class Command:
    """A button on a record's page that leads to something staff may do with it."""

    label: Any
    url: str
    icon: str
    primary: bool = False


class RecordView(ModelView):
    """A list and a page for the rows of one table.

    Only reading is permitted unless `base_permissions` says more. Filters live as long as the request:
    Flask-AppBuilder keeps them on the view, where two employees filtering at once would see each
    other's rows. Its generic actions are switched off: they skip row filters, and what staff may do
    are named commands that load the row like `show` does.
    """

    base_permissions: Any = READ_ONLY
    list_title: Any = ""
    show_title: Any = ""
    list_columns: Any = ()
    show_columns: Any = ()
    search_columns: Any = ()
    label_columns: Any = None
    validators_columns: Any = None
    formatters_columns: Any = None
    base_order = ("id", "desc")
    exclude_route_methods: ClassVar[set[str]] = {"action", "action_post", "download"}
    show_template = "back_office/show.html"
    show_widget = Facts
    search_labels: Mapping[str, Any] = MappingProxyType({})
    """Names of the search fields that are no columns."""

    @property
    def _filters(self) -> Any:
        if not has_request_context():
            return self.datamodel.get_filters(self.search_columns)
        kept: dict[str, Any] = g.setdefault("list_filters", {})
        name = type(self).__name__
        if name not in kept:
            kept[name] = self.datamodel.get_filters(self.search_columns)
        return kept[name]

    @_filters.setter
    def _filters(self, _value: Any) -> None:
        """Flask-AppBuilder wants to keep one for ever."""

    def _init_properties(self) -> None:
        self.label_columns = dict(self.label_columns or {}) | dict(self.search_labels)
        self.search_form_extra_fields = self._search_fields()
        # Flask-AppBuilder appends to these, and a class may serve several applications.
        self.validators_columns = {
            name: list(rules) for name, rules in (self.validators_columns or {}).items()
        }
        super()._init_properties()
        columns = [*self.list_columns, *self.show_columns]
        self.formatters_columns = dict.fromkeys(columns, shown) | self.formatters_columns

    def _init_forms(self) -> None:
        # Flask-AppBuilder would make a form of every column, also for what can't be added or changed.
        if "can_add" not in self.base_permissions:
            self.add_form = DynamicForm
        if "can_edit" not in self.base_permissions:
            self.edit_form = DynamicForm
        super()._init_forms()

    def _search_fields(self) -> dict[str, Any]:
        return {name: self._search_field(name) for name in self.search_columns if self._is_ours(name)}

    def _is_ours(self, name: str) -> bool:
        data = self.datamodel
        return name in self.search_labels or any(
            is_type(name) for is_type in (data.is_enum, data.is_date, data.is_datetime)
        )

    def _search_field(self, name: str) -> Any:
        label = self.label_columns.get(name)
        if Filled in self.datamodel.own_filters.get(name, ()):
            return BooleanField(label)
        if self.datamodel.is_enum(name):
            kind = self.datamodel.list_columns[name].type.enum_class
            return SelectField(label, choices=choices(kind), render_kw={"class": "form-select"})
        is_day = self.datamodel.is_date(name) or self.datamodel.is_datetime(name)
        return (DateField if is_day else StringField)(label, render_kw={"class": "form-control"})

    def _get_list_widget(self, filters: Any, order_column: str = "", **options: Any) -> Any:
        if order_column not in self.order_columns:
            order_column = ""  # sorting by a hidden column would tell its contents
        return super()._get_list_widget(filters=filters, order_column=order_column, **options)

    def record(self, pk: Any) -> Any:
        """The row with this primary key among those that this view shows; 404 otherwise."""
        row = self.datamodel.get(pk, self._base_filters)
        if row is None:
            abort(404)
        return row

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """The page of one record: its facts, its tables, its history."""
        row = self.record(pk)
        self.update_redirect()
        return self.render_template(
            self.show_template,
            pk=pk,
            record=row,
            title=self.record_title(row),
            list_title=self.list_title,
            list_url=self.get_default_url() if self.may("can_list") else None,
            widgets=self._get_show_widget(pk, row),
            related_views=[],
            sections=self.sections(row),
            commands=self.commands(row) + self._edit_command(pk),
            history=self.history(row),
        )

    def _edit_command(self, pk: str) -> list[Command]:
        return [Command(_("Edit"), self.command_url("edit", pk), "edit")] if self.may("can_edit") else []

    def record_title(self, row: Any) -> str:
        """The heading of a record's page."""
        return f"{self.show_title} {self.name_of(row)}"

    def name_of(self, row: Any) -> str:
        """What distinguishes a record in the heading of its page."""
        return f"№ {row.id}"

    def sections(self, row: Any) -> list[Section]:
        """Tables of what belongs to the record."""
        return []

    def commands(self, row: Any) -> list[Command]:
        """What this employee may do with the record."""
        return []

    def history(self, row: Any) -> list[dict[str, Any]] | None:
        """What happened to the record, newest first; None for records without a history."""
        return None

    def may(self, permission: str) -> bool:
        """Whether this employee has a permission on this view."""
        return permission in self.base_permissions and may(permission, self.class_permission_name)

    def command_url(self, method: str, pk: Any) -> str:
        """The address of one of this view's own pages for a record."""
        return url_for(f"{type(self).__name__}.{method}", pk=pk)


def choices(kind: type[StrEnum]) -> list[SelectChoice]:
    """The values of an enumeration with their names, for a select box."""
    return [SelectChoice(member.value, LABELS[kind][member][0]) for member in kind]


def labels(**names: Any) -> dict[str, Any]:
    """Names of columns, with those that most tables have."""
    return {
        "id": _("No."),
        "customer": _("Customer"),
        "status": _("Status"),
        "customer_id": _("Customer No."),
    } | names


def per_column(**values: Any) -> dict[str, Any]:
    """Validators, hints or fields by the name of their column."""
    return values
