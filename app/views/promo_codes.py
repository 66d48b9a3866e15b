"""Promo codes (B5): made by finance, never changed; what was printed somewhere stays as it was."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.billing.money import Money
from app.models import Customer, Invoice, PromoCode, PromoRedemption
from app.services.promotions import create_promo_code
from app.views import history
from app.views.base import READ_ONLY, RecordView, Section, labels
from app.views.context import actor, container, session
from app.views.form_fields import connector_choices
from app.views.presentation import customer_link, percent
from app.views.promo_code_form import PromoCodeForm
from app.views.reasons import Question, fill_and_do
from app.views.records import Records

MOST_USES = 50


def _discount(row: PromoCode) -> Any:
    """The sum or the percentage that the code takes off."""
    if row.amount_minor is not None and row.currency is not None:
        return Money(row.amount_minor, row.currency)
    return percent(row.percent or 0)


class PromoCodeView(RecordView):
    """Codes and how often each was used."""

    datamodel = Records(
        PromoCode,
        computed={"discount": _discount, "connectors": lambda row: list(row.connectors)},
    )
    route_base = "/promo-codes"
    base_permissions = (*READ_ONLY, "can_add")
    list_title = _("Promo codes")
    show_title = _("Promo code")
    add_title = _("New promo code")
    list_columns = (
        "code", "discount", "duration", "valid_from", "valid_until", "redemptions", "max_redemptions",
        "customer_id",
    )  # fmt: skip
    show_columns = (
        "code", "discount", "duration", "valid_from", "valid_until", "redemptions", "max_redemptions",
        "max_per_customer", "first_order_only", "customer_id", "connectors", "created_at",
    )  # fmt: skip
    search_columns = ("code", "kind", "duration", "valid_from", "valid_until", "redemptions", "customer_id")
    order_columns = ("code", "valid_from", "valid_until", "redemptions")
    label_columns = labels(
        code=_("Code"),
        kind=_("Kind"),
        discount=_("Discount"),
        duration=_("Lowers"),
        valid_from=_("Valid from"),
        valid_until=_("Valid until"),
        redemptions=_("Used"),
        max_redemptions=_("May be used in all"),
        max_per_customer=_("May be used by one customer"),
        first_order_only=_("Only for a first order"),
        customer_id=_("Only for the customer"),
        connectors=_("Only for the connectors"),
        created_at=_("Created"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"customer_id": customer_link}
        super()._init_properties()

    def name_of(self, row: PromoCode) -> str:
        """The code."""
        return row.code

    def sections(self, row: PromoCode) -> list[Section]:
        """Its last uses."""
        query = (
            select(PromoRedemption, Invoice, Customer)
            .join(Invoice, Invoice.id == PromoRedemption.invoice_id)
            .join(Customer, Customer.id == PromoRedemption.customer_id)
            .where(PromoRedemption.promo_code_id == row.id)
            .order_by(PromoRedemption.id.desc())
            .limit(MOST_USES)
        )
        rows = session().execute(query)
        uses = [(use.at, customer, invoice, use.released_at) for use, invoice, customer in rows]
        headings = (_("When"), _("Customer"), _("Invoice"), _("Given back at"))
        return [Section(_("Last uses"), headings, uses)]

    def history(self, row: PromoCode) -> list[dict[str, Any]]:
        """Who made it."""
        return history.of_object("promo_code", row.id)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Ask what the code gives to whom, then make it."""
        form = PromoCodeForm()
        form.connectors.choices = connector_choices()
        if request.method == "GET":
            form.valid_from.data = container().clock.now()
        question = Question(
            title=self.add_title,
            effect=_("A code is never changed: one that is wrong gets another one beside it."),
            button=_("Make the code"),
            done=_("The promo code is made."),
            back=self.get_default_url(),
        )

        def deed() -> str:
            promo_code_id = create_promo_code(
                container().transactions, actor=actor(), new=form.new_code(), now=container().clock.now()
            )
            return self.command_url("show", promo_code_id)

        return fill_and_do(question, form, deed)
