"""Official exchange rates: what is in force on each day, which days are missing, and the upload (J4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import DateField
from wtforms.validators import InputRequired, Optional, ValidationError

from app.billing.exchange_rates import FOREIGN_CURRENCIES, ExchangeRate, MissingRate
from app.billing.periods import local_date
from app.services.exchange_rates import RatesOfDay, rates_by_day, upload_rates
from app.views.base import Command, Section
from app.views.context import actor, container, may
from app.views.presentation import badge
from app.views.reasons import Question, fill_and_do

SHOWN_AT_FIRST = timedelta(days=30)
LONGEST_STRETCH = timedelta(days=366)
EARLIEST = date(1992, 7, 1)
"""The Bank's first official rate."""
MISSING: dict[MissingRate, Any] = {
    MissingRate.DAY_UNKNOWN: _("Missing"),
    MissingRate.RATE_UNKNOWN: _("Missing"),
    MissingRate.TOO_OLD: _("Too old"),
}


class StretchForm(FlaskForm):
    """From which day to which, both included. It stands in the address."""

    class Meta(FlaskForm.Meta):
        """A form that only asks changes nothing."""

        csrf = False

    first = DateField(_("From"), validators=[InputRequired()])
    last = DateField(_("To"), validators=[InputRequired()])

    def validate_last(self, field: Any) -> None:
        """Days that can have rates, a year of them at most."""
        first, last = self.first.data, field.data
        if first is None or last is None:
            return
        if not EARLIEST <= first <= last <= local_date(container().clock.now()) + timedelta(days=1):
            raise ValidationError(gettext("These days can't have rates."))
        if last - first > LONGEST_STRETCH:
            raise ValidationError(gettext("At most a year at once."))


class RateFileForm(FlaskForm):
    """A file of the Bank."""

    file = FileField(
        _("File of the Bank of Russia"),
        description=_("XML_daily.asp of one day, or XML_dynamic.asp of one currency, as it was downloaded."),
        validators=[FileRequired()],
    )
    asked_for = DateField(
        _("Day that the daily file was asked for"),
        description=_("Proves that the days since the file's own date have no rates of their own."),
        validators=[Optional()],
    )


class ExchangeRateView(BaseView):
    """The list of days and the upload."""

    route_base = "/exchange-rates"
    default_view = "index"
    list_title = _("Exchange rates")
    base_permissions = ("can_index", "can_upload")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """Every day of a stretch with its rates; what is missing is marked."""
        form = _stretch_form()
        sections = [] if not form.validate() else [_days(form.first.data, form.last.data)]
        return self.render_template(
            "back_office/exchange_rates.html",
            title=self.list_title,
            form=form,
            sections=sections,
            commands=_commands(),
        )

    @expose("/upload", methods=["GET", "POST"])
    @has_access
    def upload(self) -> Any:
        """Ask for a file and store what is new in it."""
        form = RateFileForm()
        question = Question(
            title=gettext("Upload exchange rates"),
            effect=_(
                "What is known already stays as it is. A file that gives another rate for a day that is "
                "known is refused as a whole, and there is a task for staff."
            ),
            button=_("Upload"),
            done=_("The rates are stored."),
            back=url_for("ExchangeRateView.index"),
        )

        def deed() -> None:
            file = container().read_rates(form.file.data.read(), form.asked_for.data)
            upload_rates(container().transactions, actor=actor(), file=file, now=container().clock.now())

        return fill_and_do(question, form, deed)


def _stretch_form() -> StretchForm:
    today = local_date(container().clock.now())
    filled = {"first": (today - SHOWN_AT_FIRST).isoformat(), "last": today.isoformat()}
    return StretchForm(formdata=MultiDict(filled | request.args.to_dict()))


def _commands() -> list[Command]:
    if not may("can_upload", ExchangeRateView.__name__):
        return []
    return [Command(_("Upload"), url_for("ExchangeRateView.upload"), "plus", primary=True)]


def _days(first: date, last: date) -> Section:
    days = rates_by_day(container().transactions, first=first, last=last)
    headings = (_("Day"), *FOREIGN_CURRENCIES, _("Published on"))
    return Section(_("Rates in force"), headings, [_row(each) for each in days])


def _row(of: RatesOfDay) -> tuple[Any, ...]:
    return (of.day, *(_rate(of.rates[currency]) for currency in FOREIGN_CURRENCIES), of.published_on)


def _rate(rate: ExchangeRate | MissingRate) -> Any:
    """Roubles as the Bank writes them, with the number of units where it is not one."""
    if isinstance(rate, MissingRate):
        return badge((MISSING[rate], "danger"))
    value = format_decimal(rate.value, format="#,##0.0000##")
    return value if rate.nominal == 1 else gettext("%(value)s for %(units)s", value=value, units=rate.nominal)
