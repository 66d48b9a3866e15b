"""The queue of lines that need a person, each with its likeliest invoices and a button for each (H4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.billing.errors import BillingError
from app.billing.invoice import INVOICE_SERIES, InvoiceStatus, invoice_number
from app.models import BankLine
from app.services.bank_queue import Choice, Guessed, guesses_for, match_chosen, refund_for
from app.services.unit_of_work import Repositories
from app.views.context import actor, container, may
from app.views.labels import label_of
from app.views.presentation import customer_link, named_link, object_link
from app.views.reasons import ReasonForm
from app.views.sentences import sentence_of

MOST_WAITING = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """One click: what is chosen, what speaks for it, and the reason that it is booked with."""

    label: Any
    hints: str
    reason: str
    invoice_id: int | None = None
    refund_id: int | None = None
    as_part: bool = False


class BankQueueView(BaseView):
    """The oldest lines that wait."""

    route_base = "/bank-queue"
    default_view = "index"
    list_title = _("Transfers that wait for a person")
    base_permissions = ("can_index", "can_take")

    @expose("/", methods=["GET"])
    @has_access
    def index(self) -> Any:
        """Lines with their guesses. Every button is a form of its own, so it works without scripts."""
        with container().transactions.reading() as repositories:
            waiting = repositories.bank_lines.waiting(MOST_WAITING)
            offers = [_offers(repositories, row) for row in waiting]
        return self.render_template(
            "back_office/bank_queue.html",
            title=self.list_title,
            waiting=list(zip(waiting, offers, strict=True)),
            link=named_link,
            why=_why,
            may_take=may("can_take", "BankQueueView"),
            may_match=may("can_match", "BankLineView"),
            may_ignore=may("can_ignore", "BankLineView"),
        )

    @expose("/take/<pk>", methods=["POST"])
    @has_access
    def take(self, pk: str) -> Any:
        """Book the line for what was offered."""
        form = ReasonForm()
        if not form.validate() or not pk.isdigit():
            return redirect(url_for("BankQueueView.index"))
        invoice_id = request.form.get("invoice_id", type=int)
        choice = Choice(
            int(pk),
            form.reason.data,
            () if invoice_id is None else (invoice_id,),
            request.form.get("refund_id", type=int),
            as_part=request.form.get("as_part") == "y",
        )
        try:
            match_chosen(container().transactions, actor=actor(), choice=choice, now=container().clock.now())
        except BillingError as refusal:
            flash(sentence_of(refusal), "danger")
        else:
            flash(gettext("The line is booked."), "success")
        return redirect(url_for("BankQueueView.index"))


def _why(row: BankLine) -> Any:
    return label_of(row.finding)[0]


def _offers(repositories: Repositories, row: BankLine) -> list[Offer]:
    refund = refund_for(repositories, row)
    if refund is not None:
        reason = gettext("the refund that the line names")
        return [Offer(named_link("refund", refund.id), "", reason, refund_id=refund.id)]
    return [_offer(row, guessed) for guessed in guesses_for(repositories, row)]


def _offer(row: BankLine, guessed: Guessed) -> Offer:
    invoice = guessed.invoice
    hints = ", ".join(str(label_of(hint)[0]) for hint in guessed.guess.hints)
    number = invoice_number(INVOICE_SERIES, invoice.year, invoice.number)
    link, owner = object_link("invoice", invoice.id, number), customer_link(invoice.customer_id)
    is_part = (
        invoice.status is InvoiceStatus.OPEN
        and invoice.due.currency == row.currency
        and row.amount < invoice.due
    )
    return Offer(
        [link, invoice.status, invoice.due, owner],
        hints,
        gettext("agrees: %(hints)s", hints=hints),
        invoice_id=invoice.id,
        as_part=is_part,
    )
