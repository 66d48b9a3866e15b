"""Lines of bank statements: what became of each, and what a person says that it is (H4)."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from app.billing.bank_purpose import mentioned_invoices
from app.billing.bank_statement import Direction
from app.billing.errors import InvalidInput
from app.models import BankLine, BankLineShare, BankLineState
from app.services.bank_queue import (
    UNDECIDED,
    Choice,
    ignore_line,
    match_chosen,
)
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, Section, labels
from app.views.context import actor, container, may, session
from app.views.labels import label_of
from app.views.presentation import named_link, signed_by
from app.views.reasons import Question, ReasonForm, ask_and_do, fill_and_do
from app.views.records import Records


class InvoiceChoiceForm(ReasonForm):
    """What money that came in is for."""

    invoices = StringField(
        _("Invoices"),
        description=_("Numbers such as СЧ-2026-000042, several by commas."),
        validators=[Length(max=500)],
    )
    as_part = BooleanField(_("It is a part of the sum: keep it towards the invoice, which stays open"))


class RefundChoiceForm(ReasonForm):
    """Which refund money that went out was."""

    refund = IntegerField(_("Refund No."), validators=[Optional(), NumberRange(min=1, max=2**62)])


class BankLineView(RecordView):
    """Lines: what came and went, and what became of it."""

    datamodel = Records(
        BankLine,
        loads=[joinedload(BankLine.statement)],
        computed={
            "why": lambda row: label_of(row.finding)[0],
            "refund_link": lambda row: row.refund_id and named_link("refund", row.refund_id),
        },
    )
    route_base = "/bank-lines"
    base_permissions = (*READ_ONLY, "can_match", "can_ignore")
    list_title = _("Bank transfers")
    show_title = _("Line of a bank statement")
    list_columns = ("id", "booked_on", "direction", "amount", "party_name", "purpose", "state", "why")
    show_columns = (
        "state", "why", "booked_on", "direction", "amount", "reference", "purpose", "party_name", "party_inn",
        "party_account", "statement", "refund_link", "decided_by", "decided_at", "reason",
    )  # fmt: skip
    search_columns = (
        "state", "finding", "direction", "booked_on", "amount_minor", "reference", "purpose", "party_name",
        "party_inn", "decided_by", "statement_id",
    )  # fmt: skip
    order_columns = ("id", "booked_on", "state")
    label_columns = labels(
        booked_on=_("Date"),
        direction=_("Direction"),
        amount=_("Sum"),
        amount_minor=_("Sum in kopecks or cents"),
        reference=_("Number at the bank"),
        purpose=_("Purpose"),
        party_name=_("Who"),
        party_inn=_("ИНН"),
        party_account=_("Their account"),
        state=_("What became of it"),
        finding=_("Why"),
        why=_("Why"),
        statement=_("Bank statement"),
        statement_id=_("Bank statement No."),
        refund_link=_("Refund"),
        decided_by=_("Decided by"),
        decided_at=_("Decided at"),
        reason=_("Reason"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"decided_by": signed_by}
        super()._init_properties()

    def commands(self, row: BankLine) -> list[Command]:
        """The choice and putting aside, while the line is undecided."""
        if row.state not in UNDECIDED:
            return []
        found = []
        if self.may("can_match"):
            found.append(Command(_("Match"), self.command_url("match", row.id), "link", primary=True))
        if self.may("can_ignore") and row.state is BankLineState.UNMATCHED:
            found.append(Command(_("Put aside"), self.command_url("ignore", row.id), "archive"))
        return found

    def sections(self, row: BankLine) -> list[Section]:
        """Where the money went."""
        shares = session().scalars(
            select(BankLineShare)
            .where(BankLineShare.line_id == row.id)
            .options(joinedload(BankLineShare.invoice), joinedload(BankLineShare.payment))
            .order_by(BankLineShare.invoice_id)
        )
        rows = [
            (share.invoice, named_link("payment", share.payment_id), share.payment.amount) for share in shares
        ]
        return [Section(_("Payments"), (_("Invoice"), _("Payment"), _("Sum")), rows)] if rows else []

    def history(self, row: BankLine) -> list[dict[str, Any]]:
        """Who decided what."""
        return history.of_object("bank_line", row.id)

    @expose("/match/<pk>", methods=["GET", "POST"])
    @has_access
    def match(self, pk: str) -> Any:
        """Ask what the line is, or take the click of the queue; then book it."""
        row = self.record(pk)
        form = _form(row)
        if request.method == "GET" and isinstance(form, InvoiceChoiceForm):
            form.invoices.data = request.args.get("invoices", "")
        question = Question(
            title=gettext("Match line No. %(number)s", number=row.id),
            effect=_effect(row),
            button=_("Match"),
            done=_("The line is booked."),
            back=self._after(row),
            facts=_facts(row),
        )

        def deed() -> None:
            choice = _choice(row, form)
            match_chosen(container().transactions, actor=actor(), choice=choice, now=container().clock.now())

        return fill_and_do(question, form, deed)

    @expose("/ignore/<pk>", methods=["GET", "POST"])
    @has_access
    def ignore(self, pk: str) -> Any:
        """Ask why the line is not ours to book, then put it aside."""
        row = self.record(pk)
        question = Question(
            title=gettext("Put line No. %(number)s aside", number=row.id),
            effect=_("It leaves the queue and nothing is booked. It can still be matched later."),
            button=_("Put aside"),
            done=_("The line is put aside."),
            back=self._after(row),
            facts=_facts(row),
        )

        def deed(reason: str) -> None:
            ignore_line(
                container().transactions,
                actor=actor(),
                line_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)

    def _after(self, row: BankLine) -> str:
        """Back to the queue while the line stands in it, else to its own page."""
        if row.state is BankLineState.UNMATCHED and may("can_index", "BankQueueView"):
            return url_for("BankQueueView.index")
        return self.command_url("show", row.id)


def _form(row: BankLine) -> InvoiceChoiceForm | RefundChoiceForm:
    return InvoiceChoiceForm() if row.direction is Direction.IN else RefundChoiceForm()


def _choice(row: BankLine, form: InvoiceChoiceForm | RefundChoiceForm) -> Choice:
    if isinstance(form, RefundChoiceForm):
        return Choice(row.id, form.reason.data, refund_id=form.refund.data)
    ids = _invoice_ids(row, form.invoices.data or "")
    return Choice(row.id, form.reason.data, ids, as_part=form.as_part.data)


def _invoice_ids(row: BankLine, text: str) -> tuple[int, ...]:
    """The invoices whose numbers a person has typed, each known and told from all others."""
    mentions = mentioned_invoices(f"счета {text}")
    with container().transactions.reading() as repositories:
        found = repositories.bank_lines.by_number(row.seller_id, mentions)
    if text.strip() and len(found) != len(mentions):
        raise InvalidInput("a number fits none or several invoices", code="INVOICE_NUMBER_UNCLEAR")
    return tuple(facts.id for facts in found)


def _effect(row: BankLine) -> Any:
    if row.direction is Direction.OUT:
        return _("The refund is sent with this line: its sum has to agree.")
    return _(
        "Enough pays the invoice, what is over goes to the customer's balance. Money for an invoice "
        "that is paid or void goes to the balance as a whole."
    )


def _facts(row: BankLine) -> tuple[tuple[Any, Any], ...]:
    return (
        (_("Date"), row.booked_on),
        (_("Sum"), row.amount),
        (_("Who"), row.party_name),
        (_("ИНН"), row.party_inn),
        (_("Purpose"), row.purpose),
        (_("Why"), label_of(row.finding)[0]),
    )
