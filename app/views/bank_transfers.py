"""Entering a bank transfer on an invoice's page, until statements are read (H4)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DecimalField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.billing.errors import Conflict
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.models import Invoice
from app.services.bank_transfers import Transfer, receive_transfer
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.form_fields import at_most_two_places
from app.views.reasons import Question, fill_and_do

LONGEST_REFERENCE = 128
LARGEST_TRANSFER = 1_000_000_000


def left_to_pay(row: Invoice) -> Money:
    """What an open invoice still asks for; nothing of one that is paid or void."""
    return row.due if row.status is InvoiceStatus.OPEN else Money.zero(row.currency)


class TransferForm(FlaskForm):
    """A line of the bank's statement."""

    amount = DecimalField(
        _("Sum of the transfer"),
        description=_("As the bank shows it, such as 990.00, in the currency of the invoice."),
        validators=[InputRequired(), NumberRange(min=0.01, max=LARGEST_TRANSFER), at_most_two_places],
    )
    reference = StringField(
        _("Number at the bank"),
        description=_("The bank's own number of this line: the same number is booked once only."),
        filters=[lambda text: text.strip() if text else text],
        validators=[DataRequired(), Length(max=LONGEST_REFERENCE)],
    )


class BankTransfers(RecordView):
    """The command of an invoice's page."""

    def commands(self, row: Invoice) -> list[Command]:
        """Offered on every invoice: money for a paid or void one is the customer's balance."""
        found = super().commands(row)
        if self.may("can_bank_transfer"):
            url = self.command_url("bank_transfer", row.id)
            found.append(Command(_("Enter a bank transfer"), url, "building-bank"))
        return found

    @expose("/bank-transfer/<pk>", methods=["GET", "POST"])
    @has_access
    def bank_transfer(self, pk: str) -> Any:
        """Ask for the sum and the bank's number, then book it."""
        row, form = self.record(pk), TransferForm()
        due = left_to_pay(row)
        if request.method == "GET" and due:
            form.amount.data = due.decimal
        question = Question(
            title=gettext("Bank transfer for invoice %(number)s", number=row.full_number),
            effect=_(
                "Enough pays the invoice, what is over goes to the customer's balance. Money for an invoice "
                "that is paid or void goes to the balance as a whole."
            ),
            button=_("Enter a bank transfer"),
            done=_("The transfer is booked."),
            back=self.command_url("show", row.id),
            facts=(
                (_("Customer"), row.customer),
                (_("Payer"), row.payer),
                (_("Status"), row.status),
                (_("Left to pay"), due),
            ),
        )

        def deed() -> None:
            transfer = Transfer(
                row.id, Money.from_decimal(form.amount.data, row.currency), form.reference.data
            )
            is_new = receive_transfer(
                container().transactions, actor=actor(), transfer=transfer, now=container().clock.now()
            )
            if not is_new:
                raise Conflict(form.reference.data, code="TRANSFER_KNOWN")

        return fill_and_do(question, form, deed)
