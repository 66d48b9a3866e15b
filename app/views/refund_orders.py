"""The payment order of a refund that leaves by bank transfer: a file for the bank client (H4, H7)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.billing.errors import BillingError
from app.billing.payment_order import LONGEST_NAME, OrderParty
from app.billing.refunds import RefundStatus
from app.models import BANK_PROVIDER, Refund
from app.services.refund_orders import known_recipient, make_payment_order
from app.services.refunds import send_refund_by_bank
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.reasons import Question, ask_and_do
from app.views.sentences import sentence_of


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def _field(label: Any, longest: int, *, required: bool = True, description: Any = "") -> StringField:
    rules = [Length(max=longest), *([DataRequired()] if required else [])]
    return StringField(label, description=description, filters=[_stripped], validators=rules)


class RecipientForm(FlaskForm):
    """Where the money goes: the account that it came from."""

    name = _field(_("Recipient"), LONGEST_NAME)
    inn = _field(_("ИНН"), 12, required=False)
    kpp = _field(_("КПП"), 9, required=False)
    account = _field(_("Account"), 20, description=_("The one that the transfer came from."))
    bic = _field(_("БИК"), 9)
    bank_name = _field(_("Bank"), LONGEST_NAME)
    correspondent_account = _field(_("Correspondent account"), 20)

    def party(self) -> OrderParty:
        """The recipient. Raises InvalidInput (PAYMENT_ORDER_INVALID)."""
        return OrderParty(
            name=self.name.data,
            account=self.account.data,
            bank_name=self.bank_name.data,
            bic=self.bic.data,
            correspondent_account=self.correspondent_account.data,
            inn=self.inn.data or None,
            kpp=self.kpp.data or None,
        )


class RefundOrders(RecordView):
    """The commands of a refund's page."""

    def commands(self, row: Refund) -> list[Command]:
        """The order while an approved refund waits to leave by bank transfer; the turn to it before that."""
        found = super().commands(row)
        is_bank = row.leaves_from == BANK_PROVIDER
        if row.status is RefundStatus.APPROVED and is_bank and self.may("can_payment_order"):
            found.append(Command(_("Payment order"), self.command_url("payment_order", row.id), "download"))
        is_owed = row.status in {RefundStatus.APPROVED, RefundStatus.FAILED}
        if is_owed and not is_bank and self.may("can_by_bank"):
            found.append(
                Command(_("Send by bank transfer"), self.command_url("by_bank", row.id), "building-bank")
            )
        return found

    @expose("/by-bank/<pk>", methods=["GET", "POST"])
    @has_access
    def by_bank(self, pk: str) -> Any:
        """Ask for a reason, then let it leave by bank transfer."""
        row = self.record(pk)
        question = Question(
            title=_("Send by bank transfer"),
            effect=_(
                "The provider is not asked any more. A payment order can be made, and the refund counts as "
                "sent when its line comes back in a bank statement."
            ),
            button=_("Send by bank transfer"),
            done=_("The refund leaves by bank transfer."),
            back=self.command_url("show", row.id),
            facts=((_("Customer"), row.customer), (_("Goes back"), row.to_method)),
        )

        def deed(reason: str) -> None:
            send_refund_by_bank(
                container().transactions,
                actor=actor(),
                refund_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)

    @expose("/payment-order/<pk>", methods=["GET", "POST"])
    @has_access
    def payment_order(self, pk: str) -> Any:
        """Ask for what is not known of the recipient's bank, then answer the file."""
        row, form = self.record(pk), RecipientForm()
        if request.method == "GET":
            self._fill(form, row.id)
        if form.validate_on_submit():
            try:
                return _file(row.id, form)
            except BillingError as refusal:
                flash(sentence_of(refusal), "danger")
        question = Question(
            title=gettext("Payment order of refund No. %(number)s", number=row.id),
            effect=_(
                "The file is for the bank client. The refund counts as sent when its line comes back in a "
                "bank statement."
            ),
            button=_("Download the file"),
            done="",
            back=self.command_url("show", row.id),
            facts=((_("Customer"), row.customer), (_("Goes back"), row.amount)),
        )
        return self.render_template(
            "back_office/reason.html", form=form, question=question, title=question.title
        )

    def _fill(self, form: RecipientForm, refund_id: int) -> None:
        with container().transactions.reading() as repositories:
            known = known_recipient(repositories, repositories.refunds.get(refund_id))
        for name in ("name", "inn", "kpp", "account", "bic"):
            form[name].data = getattr(known, name)


def _file(refund_id: int, form: RecipientForm) -> Response:
    order = make_payment_order(
        container().transactions,
        actor=actor(),
        refund_id=refund_id,
        recipient=form.party(),
        now=container().clock.now(),
    )
    content = container().write_payment_orders([order])
    disposition = f'attachment; filename="refund-{order.number}.txt"'
    return Response(content, mimetype="text/plain", headers={"Content-Disposition": disposition})
