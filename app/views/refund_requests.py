"""Asking for a refund on a subscription's page: what the policy gives is shown first (H7)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.refunds import RefundCode, RefundDecision, RefundKind
from app.models import Subscription
from app.repositories.refunds import PaidLine
from app.services.refunds import RefundRequest, quote_refund, request_refund
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.labels import label_of
from app.views.presentation import object_url
from app.views.reasons import Question, ReasonForm, fill_and_do


class RefundRequests(RecordView):
    """The command of a subscription's page."""

    def commands(self, row: Subscription) -> list[Command]:
        """Offered for what was ever paid; the policy says the rest."""
        found = super().commands(row)
        if row.first_paid_at is not None and self.may("can_request_refund"):
            url = self.command_url("request_refund", row.id)
            found.append(Command(_("Request a refund"), url, "receipt-refund"))
        return found

    @expose("/request-refund/<pk>", methods=["GET", "POST"])
    @has_access
    def request_refund(self, pk: str) -> Any:
        """Show what the policy gives for the last paid period, then ask for it with a reason."""
        row = self.record(pk)
        back = self.command_url("show", row.id)
        with container().transactions.reading() as repositories:
            paid = repositories.refunds.last_paid_line(row.customer_id, row.id)
        quote = None if paid is None else _quote(row, paid)
        if paid is None or quote is None or quote.kind is RefundKind.NONE:
            code = RefundCode.NOTHING_PAID if quote is None else quote.code
            flash(str(label_of(code)[0]), "warning")
            return redirect(back)
        form = ReasonForm()
        request = RefundRequest(row.customer_id, paid.line.id, form.reason.data or "")
        question = Question(
            title=gettext("Refund of subscription No. %(number)s", number=row.id),
            effect=_(
                "Nothing moves before somebody with the right approves it; then access ends. The customer "
                "gets a mail now and after the decision."
            ),
            button=_("Request a refund"),
            done=_("The refund waits for a decision."),
            back=back,
            facts=_facts(row, paid, quote),
        )

        def deed() -> str | None:
            refund_id = request_refund(
                container().transactions, actor=actor(), request=request, now=container().clock.now()
            )
            return object_url("refund", refund_id)

        return fill_and_do(question, form, deed)


def _quote(row: Subscription, paid: PaidLine) -> RefundDecision:
    return quote_refund(
        container().transactions,
        customer_id=row.customer_id,
        invoice_line_id=paid.line.id,
        now=container().clock.now(),
    )


def _facts(row: Subscription, paid: PaidLine, quote: RefundDecision) -> tuple[tuple[Any, Any], ...]:
    return (
        (_("Customer"), row.customer),
        (_("Invoice"), paid.invoice),
        (_("Service"), paid.line.description),
        (_("Period from"), paid.period.starts_at),
        (_("Period to"), paid.period.ends_at),
        (_("Paid for it"), paid.line.total),
        (_("By the policy"), quote.code),
        (_("Goes back"), quote.amount),
        (_("Unused days"), quote.unused_days),
        (_("Last day of access when approved today"), quote.last_day_of_access),
    )
