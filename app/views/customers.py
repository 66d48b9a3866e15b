"""Customers: everything about one on one page, and letting parked billing go on."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.models import ApiKey, Customer, Payer
from app.services.parking import resume_billing
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, Section, labels, per_column
from app.views.context import actor, container, may
from app.views.customer_sections import sections_of_customer
from app.views.filters import Filled, RecordFilter
from app.views.presentation import reason_text
from app.views.reasons import Question, ask_and_do
from app.views.records import Records


class PayerTaxNumber(RecordFilter):
    """Customers with a payer whose ИНН begins so."""

    name = _("Starts with")

    def condition(self, value: str) -> Any:
        """A customer has several payers at most, so a subquery is enough."""
        return Customer.id.in_(select(Payer.customer_id).where(Payer.inn.startswith(value, autoescape=True)))


class KeyEnd(RecordFilter):
    """Customers with an API key that ends so: the four characters that people see."""

    name = _("Ends with")

    def condition(self, value: str) -> Any:
        """The last four characters of what was typed, so that a whole key may be pasted."""
        return Customer.id.in_(select(ApiKey.customer_id).where(ApiKey.last4 == value[-4:]))


class CustomerAddress(RecordFilter):
    """Rows of customers whose e-mail holds the text."""

    name = _("Contains")

    def condition(self, value: str) -> Any:
        """For every table with a `customer_id`."""
        matching = select(Customer.id).where(Customer.email.icontains(value, autoescape=True))
        return self.model.customer_id.in_(matching)


CUSTOMER_ADDRESS = {"customer_email": (CustomerAddress,)}
"""The filter by the customer's address, for views of what belongs to customers."""


class CustomerView(RecordView):
    """Customers, found by address, ИНН or the end of a key; the page tells everything about one."""

    datamodel = Records(
        Customer,
        own_filters={
            "payer_inn": (PayerTaxNumber,),
            "key_end": (KeyEnd,),
            "trial_started_at": (Filled,),
            "billing_parked_at": (Filled,),
        },
    )
    route_base = "/customers"
    base_permissions = (*READ_ONLY, "can_resume_billing")
    list_title = _("Customers")
    show_title = _("Customer")
    list_columns = ("email", "name", "status", "country", "created_at", "trial_started_at")
    show_columns = (
        "email", "name", "phone", "status", "country", "currency", "language",
        "created_at", "activated_at", "trial_started_at", "billing_parked_at", "billing_parked_reason",
    )  # fmt: skip
    search_columns = (
        "email", "name", "payer_inn", "key_end", "status", "country", "created_at", "billing_parked_at",
    )  # fmt: skip
    search_labels = per_column(
        payer_inn=_("Payer's tax number (ИНН)"),
        key_end=_("API key (last 4 characters)"),
        billing_parked_at=_("Billing parked"),
    )
    label_columns = labels(
        email=_("E-mail"),
        name=_("Customer's name"),
        phone=_("Phone"),
        country=_("Country"),
        currency=_("Currency"),
        language=_("Language of mails"),
        created_at=_("Registered"),
        activated_at=_("E-mail confirmed"),
        trial_started_at=_("Trial started"),
        billing_parked_at=_("Billing parked"),
        billing_parked_reason=_("Why billing is parked"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"billing_parked_reason": reason_text}
        super()._init_properties()

    def name_of(self, row: Customer) -> str:
        """The address."""
        return row.email

    def commands(self, row: Customer) -> list[Command]:
        """What the books say, and letting parked billing go on."""
        found = []
        if row.billing_parked_at is not None and self.may("can_resume_billing"):
            url = self.command_url("resume_billing", row.id)
            found.append(Command(_("Let billing go on"), url, "player-play", primary=True))
        if may("can_statement", "LedgerReportView"):
            url = url_for("LedgerReportView.statement", pk=row.id)
            found.append(Command(_("Statement of account"), url, "report-money"))
        return found

    def sections(self, row: Customer) -> list[Section]:
        """What the customer has, each table only for those who may see its list."""
        return sections_of_customer(row.id)

    def history(self, row: Customer) -> list[dict[str, Any]]:
        """Everything that happened, on one line of time."""
        return history.of_customer(row.id)

    @expose("/resume-billing/<pk>", methods=["GET", "POST"])
    @has_access
    def resume_billing(self, pk: str) -> Any:
        """Ask for a reason, then let billing go on."""
        row = self.record(pk)
        question = Question(
            title=gettext("Let billing of %(customer)s go on", customer=row.email),
            effect=_(
                "What fell due meanwhile is caught up by the next sweep, notices first. Do it when the cause "
                "is gone: otherwise billing is parked again."
            ),
            button=_("Let billing go on"),
            done=_("Billing goes on."),
            back=self.command_url("show", row.id),
            facts=(
                (_("Billing parked"), row.billing_parked_at),
                (_("Why billing is parked"), reason_text(row.billing_parked_reason)),
            ),
        )

        def deed(reason: str) -> None:
            resume_billing(
                container().transactions,
                actor=actor(),
                customer_id=int(pk),
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
