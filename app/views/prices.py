"""Prices: a change is a new version through a use case; nothing is ever edited or deleted."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import SelectField
from wtforms.validators import InputRequired

from app.billing.errors import BillingError
from app.billing.money import Money
from app.models import PriceVersion
from app.services.prices import NewPrice, add_price
from app.views.base import READ_ONLY, RecordView, labels, per_column
from app.views.context import actor, container
from app.views.form_fields import connector_choices, currency_field, holds_from_field, price_field
from app.views.records import Records
from app.views.sentences import sentence_of
from app.views.subscriptions import CONNECTOR_SLUG


class PriceForm(FlaskForm):
    """A monthly price and from when it holds."""

    connector = SelectField(_("Connector"), coerce=int, validators=[InputRequired()])
    currency = currency_field()
    monthly = price_field(_("Price of a month"), _("VAT inside, such as 990.00"))
    yearly = price_field(
        _("Price of a year, only where it is special"), _("Empty: 12 months less 15 %"), required=False
    )
    valid_from = holds_from_field()


class PriceVersionView(RecordView):
    """Versions of prices."""

    datamodel = Records(PriceVersion, loads=[joinedload(PriceVersion.connector)], own_filters=CONNECTOR_SLUG)
    route_base = "/prices"
    base_permissions = (*READ_ONLY, "can_add")
    base_order = ("valid_from", "desc")
    list_title = _("Prices")
    show_title = _("Price")
    add_title = _("New price")
    list_columns = ("id", "connector", "interval", "amount", "valid_from")
    show_columns = ("connector", "interval", "amount", "valid_from")
    search_columns = ("connector_slug", "interval", "currency", "valid_from")
    order_columns = ("id", "interval", "valid_from")
    search_labels = per_column(connector_slug=_("Connector's slug"))
    label_columns = labels(
        connector=_("Connector"),
        interval=_("Period"),
        amount=_("Price"),
        currency=_("Currency"),
        valid_from=_("Valid from"),
    )

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Add the version of the month and of the year at once."""
        form = self._form()
        if form.validate_on_submit():
            try:
                add_price(
                    container().transactions, actor=actor(), price=_typed(form), now=container().clock.now()
                )
            except BillingError as refusal:
                flash(sentence_of(refusal), "danger")
            else:
                flash(gettext("The new price is stored; running periods keep theirs."), "success")
                return redirect(url_for("ConnectorView.show", pk=form.connector.data))
        return self.render_template(
            "back_office/form.html", title=self.add_title, form=form, back=self._back()
        )

    def _form(self) -> PriceForm:
        form = PriceForm()
        form.connector.choices = connector_choices()
        if request.method == "GET":
            form.connector.data = request.args.get("connector", type=int)
            in_an_hour = container().clock.now().astimezone(UTC) + timedelta(hours=1)
            form.valid_from.data = in_an_hour.replace(minute=0, second=0, microsecond=0)
        return form

    def _back(self) -> str:
        return str(self.get_default_url())


def _typed(form: PriceForm) -> NewPrice:
    currency, valid_from = form.currency.data, form.valid_from.data
    assert valid_from is not None, "the field requires it"
    yearly = form.yearly.data
    return NewPrice(
        connector_id=form.connector.data,
        monthly=Money.from_decimal(form.monthly.data, currency),
        valid_from=valid_from,
        yearly=None if yearly is None else Money.from_decimal(yearly, currency),
    )
