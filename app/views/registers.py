"""The sales book, its additional sheet, deductions, sales without VAT: on a page and as files (J4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.billing.errors import BillingError
from app.billing.periods import local_date
from app.billing.registers import Register, quarter_of
from app.services.registers import RegisterRequest, open_register
from app.services.registers_export import MOST_AT_ONCE, ask_for_register, count_of, note_register_export
from app.views.context import actor, container
from app.views.ledger_reports import StretchForm, filled_form
from app.views.registers_tables import export_commands, format_of, page_of, sent
from app.views.sentences import sentence_of

ROWS_OF_A_PAGE = 100
REGISTERS = {
    Register.SALES: _("Sales book"),
    Register.ADDITIONAL: _("Additional sheet of the sales book"),
    Register.PURCHASES: _("Purchase book: the seller's deductions"),
    Register.WITHOUT_VAT: _("Sales without VAT"),
}


class RegisterForm(StretchForm):
    """Which register, of whom and of which days. It stands in the address."""

    register = SelectField(
        _("Register"),
        choices=[SelectChoice(register.value, name) for register, name in REGISTERS.items()],
        validators=[InputRequired()],
    )

    def wanted(self) -> RegisterRequest:
        """As the use cases take it; the form is valid."""
        return RegisterRequest(
            Register(self.register.data), self.seller.data, self.first.data, self.last.data
        )


class RegisterView(BaseView):
    """Registers of a period; without one it is the quarter."""

    route_base = "/registers"
    default_view = "index"
    list_title = _("Sales and purchase books")
    base_permissions = ("can_index", "can_export")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """A page of a register with the totals of all of it."""
        form = _form()
        page, commands = None, []
        if form.validate():
            try:
                with open_register(container().transactions, wanted=form.wanted()) as table:
                    page = page_of(table, _skipped(), ROWS_OF_A_PAGE)
            except BillingError as refusal:
                flash(sentence_of(refusal), "danger")
            commands = export_commands(type(self).__name__, _arguments(form))
        return self.render_template(
            "back_office/register.html",
            title=self.list_title,
            form=form,
            sections=[] if page is None else [page.section],
            commands=commands,
            newer=_address(form, page.previous) if page else None,
            older=_address(form, page.following) if page else None,
        )

    @expose("/export", methods=["GET"])
    @has_access
    def export(self) -> Any:
        """The register as a file; a long one is written by a worker. Who took it stands in the audit."""
        form, table_format = _form(), format_of(request.args.get("format", ""))
        arguments = _arguments(form)
        if not form.validate():
            return redirect(url_for("RegisterView.index", **arguments))
        wanted, transactions = form.wanted(), container().transactions
        try:
            if count_of(transactions, wanted=wanted) > MOST_AT_ONCE:
                return _long(wanted, table_format.suffix)
            with open_register(transactions, wanted=wanted) as table:
                answer = sent(table, table_format, f"{table.name}-{wanted.first}-{wanted.last}")
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
            return redirect(url_for("RegisterView.index", **arguments))
        note_register_export(
            transactions,
            actor=actor(),
            name=wanted.register.value,
            arguments=arguments,
            now=container().clock.now(),
        )
        return answer


def _long(wanted: RegisterRequest, suffix: str) -> Any:
    work_id = ask_for_register(
        container().transactions,
        actor=actor(),
        wanted=wanted,
        suffix=suffix,
        real_now=container().wall_clock.now(),
    )
    return redirect(url_for("LongWorkView.show", pk=work_id))


def _form() -> RegisterForm:
    """The form as the address fills it; what is missing there is this quarter of the first seller's sales."""
    first, last = quarter_of(local_date(container().clock.now()))
    return filled_form(
        RegisterForm, register=Register.SALES.value, first=first.isoformat(), last=last.isoformat()
    )


def _arguments(form: RegisterForm) -> dict[str, Any]:
    """What stands in the address, as it was understood."""
    values = {field.name: field.data for field in form}
    return {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _skipped() -> int:
    return max(0, request.args.get("skip", default=0, type=int))


def _address(form: RegisterForm, skip: int | None) -> str | None:
    return None if skip is None else url_for("RegisterView.index", **_arguments(form), skip=skip)
