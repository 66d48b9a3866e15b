"""Акт сверки with a payer, asked for by finance on the payer's page (J3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField
from wtforms.validators import DataRequired

from app.billing.periods import local_date
from app.models import Payer
from app.services.corrections.reconciling import ReconciliationRequest, issue_reconciliation
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.presentation import object_url
from app.views.reasons import Question, fill_and_do


class PeriodForm(FlaskForm):
    """The first and the last day."""

    first = DateField(_("From"), validators=[DataRequired()], render_kw={"class": "form-control"})
    last = DateField(_("To"), validators=[DataRequired()], render_kw={"class": "form-control"})


class ReconciliationRequests(RecordView):
    """The command of a payer's page."""

    def commands(self, row: Payer) -> list[Command]:
        """Offered for every payer."""
        found = super().commands(row)
        if self.may("can_reconcile"):
            url = self.command_url("reconcile", row.id)
            found.append(Command(_("Reconciliation act"), url, "report-money"))
        return found

    @expose("/reconcile/<pk>", methods=["GET", "POST"])
    @has_access
    def reconcile(self, pk: str) -> Any:
        """Ask for the days, then issue the act and go to its page."""
        row, form = self.record(pk), PeriodForm()
        today = local_date(container().clock.now())
        if request.method == "GET":
            form.first.data, form.last.data = date(today.year, 1, 1), today
        question = Question(
            title=gettext("Reconciliation act with %(payer)s", payer=row.name),
            effect=_(
                "The act is issued from the ledger, with a number of its own, and the customer sees it among "
                "their documents."
            ),
            button=_("Issue the act"),
            done=_("The act is issued."),
            back=self.command_url("show", row.id),
            facts=((_("Customer"), row.customer),),
        )

        def deed() -> str | None:
            document_id = issue_reconciliation(
                container().transactions,
                actor=actor(),
                request=ReconciliationRequest(row.customer_id, row.id, form.first.data, form.last.data),
                now=container().clock.now(),
            )
            return object_url("document", document_id)

        return fill_and_do(question, form, deed)
