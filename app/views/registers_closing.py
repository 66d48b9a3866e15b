"""Closing of months: asked for by finance, done by a worker, taken back by an administrator (K1, J4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from app.billing.month_closing import CheckResult, ClosingCheck, ClosingState, month_of
from app.billing.periods import local_date
from app.models import MonthClosing, Seller
from app.services.month_closing import reopen_month, start_closing
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, Section, labels
from app.views.context import actor, container, session
from app.views.invariant_names import invariant_name
from app.views.presentation import badge, month, named_link, signed_by
from app.views.reasons import Question, ask_and_do, fill_and_do
from app.views.records import Records
from app.views.registers_names import CHECKS, DEEDS

KIND_OF_DEED = {deed.value: kind for deed, (_name, kind) in DEEDS.items()}


class ClosingForm(FlaskForm):
    """Which month of which seller."""

    seller = SelectField(_("Seller"), coerce=int, validators=[InputRequired()])
    month = StringField(
        _("Month"),
        description=_("Like 2026-03. It has to be over."),
        validators=[InputRequired()],
        render_kw={"type": "month"},
    )

    def validate_month(self, field: Any) -> None:
        """A month that books can be about."""
        try:
            date.fromisoformat(f"{field.data}-01")
        except ValueError as error:
            raise ValidationError(gettext("Enter a month like 2026-03.")) from error

    def first_day(self) -> date:
        """The month; the form is valid."""
        return date.fromisoformat(f"{self.month.data}-01")


class MonthClosingView(RecordView):
    """Months that were closed, or refused, with what stood on their checklists."""

    datamodel = Records(
        MonthClosing,
        loads=[joinedload(MonthClosing.seller)],
        computed={"month_name": lambda row: month(row.month)},
    )
    route_base = "/month-closings"
    base_permissions = (*READ_ONLY, "can_add", "can_reopen")
    base_order = ("month", "desc")
    list_title = _("Closing of months")
    show_title = _("Closing of the month")
    add_title = _("Close a month")
    show_template = "back_office/closing.html"
    list_columns = ("month_name", "seller", "state", "started_at", "started_by", "finished_at")
    show_columns = (
        "month_name", "seller", "state", "run", "started_at", "started_by", "finished_at", "reopened_at",
        "reopened_by", "reopened_reason",
    )  # fmt: skip
    search_columns = ("state", "month", "started_by")
    order_columns = ("state", "started_at", "finished_at")
    label_columns = labels(
        month_name=_("Month"),
        month=_("First day of the month"),
        seller=_("Seller"),
        run=_("Times tried"),
        started_at=_("Started at"),
        started_by=_("Started by"),
        finished_at=_("Finished at"),
        reopened_at=_("Reopened at"),
        reopened_by=_("Reopened by"),
        reopened_reason=_("Reopened because"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"started_by": signed_by, "reopened_by": signed_by}
        super()._init_properties()

    def name_of(self, row: MonthClosing) -> str:
        """Its month."""
        return month(row.month)

    def commands(self, row: MonthClosing) -> list[Command]:
        """Trying again what was refused or reopened; reopening what is closed."""
        if row.state is ClosingState.CLOSED and self.may("can_reopen"):
            return [Command(_("Reopen the month"), self.command_url("reopen", row.id), "lock")]
        if row.state in {ClosingState.REFUSED, ClosingState.REOPENED} and self.may("can_add"):
            address = url_for("MonthClosingView.add", seller=row.seller_id, month=f"{row.month:%Y-%m}")
            return [Command(_("Close a month"), address, "refresh", primary=True)]
        return []

    def sections(self, row: MonthClosing) -> list[Section]:
        """The checklist."""
        found = {result.check: result for result in row.results()}
        rows = [(CHECKS[check], *_outcome(found.get(check))) for check in ClosingCheck]
        return [Section(_("Checklist"), (_("What has to be in order"), _("Status"), _("Such as")), rows)]

    def history(self, row: MonthClosing) -> list[dict[str, Any]]:
        """Who closed and reopened it."""
        return history.of_object("month_closing", row.id)

    def render_template(self, template: str, **arguments: Any) -> Any:
        """Pages know how long the checklist is."""
        return super().render_template(template, checks=len(ClosingCheck), **arguments)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Ask which month, then have a worker go through its checklist."""
        form = _closing_form()
        question = Question(
            title=self.add_title,
            effect=_(
                "A worker goes through the checklist. If all is in order, nothing is dated in the month any "
                "more: what belongs to it later gets the first day of the next open month."
            ),
            button=_("Close the month"),
            done=_("The checklist is being gone through."),
            back=self.get_default_url(),
        )

        def deed() -> str:
            closing_id = start_closing(
                container().transactions,
                actor=actor(),
                seller_id=form.seller.data,
                month=form.first_day(),
                now=container().clock.now(),
            )
            return self.command_url("show", closing_id)

        return fill_and_do(question, form, deed)

    @expose("/progress/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def progress(self, pk: str) -> Any:
        """What the page asks while it waits; when there is nothing to wait for it reads itself anew."""
        row = self.record(pk)
        if row.state is not ClosingState.CHECKING:
            return Response(status=204, headers={"HX-Refresh": "true"})
        return render_template("back_office/closing_progress.html", closing=row, checks=len(ClosingCheck))

    @expose("/reopen/<pk>", methods=["GET", "POST"])
    @has_access
    def reopen(self, pk: str) -> Any:
        """Ask for a reason, then let the month take documents and entries again."""
        row = self.record(pk)
        question = Question(
            title=gettext("Reopen %(month)s", month=month(row.month)),
            effect=_("What was reported for the month may change afterwards. It can be closed again."),
            button=_("Reopen the month"),
            done=_("The month is open again."),
            back=self.command_url("show", row.id),
        )

        def deed(reason: str) -> None:
            reopen_month(
                container().transactions,
                actor=actor(),
                closing_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)


def _closing_form() -> ClosingForm:
    """The form, asking for the last month of the first seller unless the address names another."""
    last_month = month_of(date.fromordinal(month_of(local_date(container().clock.now())).toordinal() - 1))
    form = ClosingForm()
    sellers = session().execute(select(Seller.id, Seller.name).order_by(Seller.id))
    form.seller.choices = [SelectChoice(identity, name) for identity, name in sellers]
    if not form.is_submitted():
        form.seller.data = request.args.get("seller", default=form.seller.choices[0].value, type=int)
        form.month.data = request.args.get("month", default=f"{last_month:%Y-%m}")
    return form


def _outcome(result: CheckResult | None) -> tuple[Any, Any]:
    if result is None:
        return badge((_("Not looked at yet"), "muted")), None
    if not result.count:
        return badge((_("In order"), "success")), None
    found = gettext("Found: %(number)s", number=result.count)
    return badge((found, "danger")), [_example(result.check, each) for each in result.examples]


def _example(check: ClosingCheck, text: str) -> Any:
    """A thing that a check found: «table id», a rule of the data by its words, else as it is."""
    if check is ClosingCheck.INVARIANTS:
        return invariant_name(text)
    kind, _space, identity = text.partition(" ")
    return named_link(KIND_OF_DEED.get(kind, kind), identity) if identity.isdigit() else text
