"""Reports of the books (K1): trial balance, revenue by month, the statement of a customer's account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask import abort, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from app.billing.exchange_rates import ROUBLE
from app.billing.money import MINOR_UNITS_PER_MAJOR, total
from app.billing.periods import local_date
from app.formatting.dates import format_date
from app.models import Customer, Seller
from app.services.ledger_reports import (
    CustomerPosition,
    customer_statement,
    revenue_by_service_month,
    trial_balance,
)
from app.views.base import Section
from app.views.context import container, session
from app.views.ledger_names import account_name, entry_name
from app.views.presentation import language, month, named_link, object_url, rate

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


class StretchForm(FlaskForm):
    """Of which seller, and from which day to which, both included. It stands in the address."""

    class Meta(FlaskForm.Meta):
        """A form that only asks changes nothing."""

        csrf = False

    seller = SelectField(_("Seller"), coerce=int, validators=[InputRequired()])
    first = DateField(_("From"), validators=[InputRequired()])
    last = DateField(_("To"), validators=[InputRequired()])

    def validate_first(self, field: Any) -> None:
        """A day that books can be about."""
        if field.data is not None and not EARLIEST <= field.data <= LATEST:
            raise ValidationError(gettext("This date can't be right."))

    def validate_last(self, field: Any) -> None:
        """Not before the first day."""
        self.validate_first(field)
        if field.data is not None and self.first.data is not None and field.data < self.first.data:
            raise ValidationError(gettext("The last day is before the first."))


class PeriodForm(StretchForm):
    """Of which ledger, and from which day to which."""

    currency = SelectField(
        _("Currency"),
        choices=[SelectChoice(code) for code in sorted(MINOR_UNITS_PER_MAJOR)],
        validators=[InputRequired()],
    )


Form = TypeVar("Form", bound=StretchForm)


@dataclass(frozen=True, slots=True)
class Asked:
    """A report's period, ready to be asked for."""

    seller_id: int
    currency: str
    first: date
    last: date

    def arguments(self) -> dict[str, Any]:
        """As the reports take them."""
        return {
            "seller_id": self.seller_id,
            "currency": self.currency,
            "first": self.first,
            "last": self.last,
        }


class LedgerReportView(BaseView):
    """Sums of entries, so that they tie to the ledger."""

    route_base = "/ledger-reports"
    default_view = "index"
    list_title = _("Reports of the books")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """The trial balance and the revenue by month of a period."""
        form = period_form()
        asked = asked_period(form)
        sections = [] if asked is None else [_trial_balance(asked), _revenue(asked)]
        return self.render_template(
            "back_office/report.html", title=self.list_title, form=form, sections=sections, back=None
        )

    @expose("/statement/<pk>", methods=["GET"])
    @has_access
    def statement(self, pk: str) -> Any:
        """The statement of a customer's account (акт сверки) over a period."""
        customer = session().get(Customer, int(pk))
        if customer is None:
            abort(404)
        form = period_form(customer.currency)
        asked = asked_period(form)
        sections = [] if asked is None else _statement(asked, customer.id)
        return self.render_template(
            "back_office/report.html",
            title=gettext("Statement of account: %(customer)s", customer=customer.email),
            form=form,
            sections=sections,
            back=object_url("customer", customer.id),
        )


def period_form(currency: str = ROUBLE) -> PeriodForm:
    """The form of a ledger as the address fills it; what is missing there is this month in this currency."""
    return filled_form(PeriodForm, currency=currency)


def filled_form(kind: type[Form], **others: str) -> Form:
    """The form as the address fills it; what is missing there is this month of the first seller."""
    sellers = session().execute(select(Seller.id, Seller.name).order_by(Seller.id)).all()
    today = local_date(container().clock.now())
    filled = {
        "seller": str(sellers[0].id) if sellers else "",
        "first": today.replace(day=1).isoformat(),
        "last": today.isoformat(),
    }
    form = kind(formdata=MultiDict(filled | others | request.args.to_dict()))
    form.seller.choices = [SelectChoice(row.id, row.name) for row in sellers]
    return form


def asked_period(form: StretchForm) -> Asked | None:
    """What the form asks for, None when it is not right. A form without a currency asks for roubles."""
    if not form.validate():
        return None
    currency = form.currency.data if isinstance(form, PeriodForm) else ROUBLE
    return Asked(form.seller.data, currency, form.first.data, form.last.data)


def _trial_balance(asked: Asked) -> Section:
    turnovers = trial_balance(container().transactions, **asked.arguments())
    rows: list[tuple[Any, ...]] = [
        (account_name(each.account), each.opening, each.debit, each.credit, each.closing)
        for each in turnovers
    ]
    if turnovers:
        debit = total((each.debit for each in turnovers), asked.currency)
        credit = total((each.credit for each in turnovers), asked.currency)
        rows.append((_("Total"), "", debit, credit, ""))
    headings = (_("Account of the ledger"), _("Opening"), _("Debit"), _("Credit"), _("Closing"))
    return Section(_("Trial balance"), headings, rows)


def _revenue(asked: Asked) -> Section:
    months = revenue_by_service_month(container().transactions, **asked.arguments())
    return Section(
        _("Revenue by month"),
        (_("Month"), _("VAT rate"), _("Without VAT"), _("VAT"), _("With VAT")),
        [
            (month(each.month), rate(part.rate), part.net, part.vat, part.net + part.vat)
            for each in months
            for part in each.by_rate
        ],
    )


def _statement(asked: Asked, customer_id: int) -> list[Section]:
    told = customer_statement(container().transactions, customer_id=customer_id, **asked.arguments())
    lines = [
        (
            line.on,
            entry_name(line.kind),
            line.invoice_number,
            line.payment_reference,
            None if line.refund_id is None else named_link("refund", line.refund_id),
            line.debit or None,
            line.credit or None,
        )
        for line in told.lines
    ]
    headings = (
        _("Date"),
        _("What happened"),
        _("Invoice"),
        _("Payment"),
        _("Refund"),
        _("Owes more"),
        _("Owes less"),
    )
    return [
        _position(gettext("Before %(day)s", day=format_date(asked.first, language())), told.opening),
        Section(_("Changes"), headings, lines),
        _position(gettext("After %(day)s", day=format_date(asked.last, language())), told.closing),
    ]


def _position(title: Any, position: CustomerPosition) -> Section:
    return Section(
        title,
        (),
        [
            (_("Service given and not paid"), position.receivable),
            (_("Paid for service to come"), position.advances),
            (_("On the balance"), position.balance),
            (_("Refunds to be sent"), position.refunds_payable),
            (_("The customer owes (below zero: we owe)"), position.owed_by_customer),
        ],
    )
