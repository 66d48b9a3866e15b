"""Prices of operations (I1): a change is a new version through a use case; nothing is edited or deleted."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from app.billing.errors import BillingError
from app.billing.money import Money
from app.billing.operation_price import first_month_after_notice
from app.models import ConnectorPricing, OperationPrice
from app.services.operation_prices import NewOperationPrice, add_operation_price
from app.views import history
from app.views.base import READ_ONLY, RecordView, labels, per_column
from app.views.context import actor, container
from app.views.form_fields import connector_choices, currency_field, holds_from_field, price_field
from app.views.presentation import named_link
from app.views.records import Records
from app.views.sentences import sentence_of
from app.views.subscriptions import CONNECTOR_SLUG

MOST_OPERATIONS = 1_000_000_000


class OperationPriceForm(FlaskForm):
    """So much for so many operations, and from when."""

    connector = SelectField(_("Connector"), coerce=int, validators=[InputRequired()])
    currency = currency_field()
    amount = price_field(_("Price"), _("VAT inside, such as 990.00"))
    operations = IntegerField(
        _("For so many operations"),
        default=1_000,
        validators=[InputRequired(), NumberRange(min=1, max=MOST_OPERATIONS)],
    )
    valid_from = holds_from_field(
        _("The first day of a month at 0:00; the first price of a currency, at any time.")
    )


class OperationPriceView(RecordView):
    """Prices of operations: so much for so many."""

    datamodel = Records(
        OperationPrice,
        own_filters=CONNECTOR_SLUG,
        computed={"connector": lambda row: named_link("connector", row.connector_id)},
    )
    route_base = "/operation-prices"
    base_permissions = (*READ_ONLY, "can_add")
    base_order = ("valid_from", "desc")
    list_title = _("Prices of operations")
    show_title = _("Price of operations")
    add_title = _("New price of operations")
    list_columns = ("id", "connector", "amount", "operations", "valid_from")
    show_columns = ("connector", "amount", "operations", "currency", "valid_from")
    search_columns = ("connector_slug", "currency", "valid_from")
    order_columns = ("id", "valid_from")
    search_labels = per_column(connector_slug=_("Connector's slug"))
    label_columns = labels(
        connector=_("Connector"),
        amount=_("Price"),
        operations=_("For so many operations"),
        currency=_("Currency"),
        valid_from=_("Valid from"),
    )

    def history(self, row: OperationPrice) -> list[dict[str, Any]]:
        """Who announced it."""
        return history.of_object("operation_price", row.id)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Announce a price; whoever pays for these operations already is told by mail."""
        form = self._form()
        if form.validate_on_submit():
            try:
                added = add_operation_price(
                    container().transactions, actor=actor(), price=_typed(form), now=container().clock.now()
                )
            except BillingError as refusal:
                flash(sentence_of(refusal), "danger")
            else:
                flash(gettext("The new price is stored; months before it keep theirs."), "success")
                return redirect(self.command_url("show", added))
        return self.render_template(
            "back_office/form.html", title=self.add_title, form=form, back=str(self.get_default_url())
        )

    def _form(self) -> OperationPriceForm:
        form = OperationPriceForm()
        form.connector.choices = connector_choices(ConnectorPricing.OPERATION)
        if request.method == "GET":
            form.connector.data = request.args.get("connector", type=int)
            form.valid_from.process_data(first_month_after_notice(container().clock.now()))
        return form


def _typed(form: OperationPriceForm) -> NewOperationPrice:
    valid_from = form.valid_from.data
    assert valid_from is not None, "the field requires it"
    return NewOperationPrice(
        connector_id=form.connector.data,
        amount=Money.from_decimal(form.amount.data, form.currency.data),
        operations=form.operations.data,
        valid_from=valid_from,
    )
