"""Refunds: decided and sent by finance, each step with its reason (H7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.billing.money import Money
from app.billing.refunds import RefundCode, RefundSource, RefundStatus
from app.models import BANK_PROVIDER, Refund
from app.repositories.staff import StaffTaskRepository
from app.services.refunds import (
    BY_HAND,
    LONGEST_REFERENCE,
    NOT_TOLD,
    approve_refund,
    mark_refund_sent,
    reject_refund,
    send_refund_again,
)
from app.views import history
from app.views.base import READ_ONLY, Command, labels, per_column
from app.views.context import actor, container, session
from app.views.customers import CUSTOMER_ADDRESS
from app.views.labels import label_of
from app.views.ledger_names import provider_name
from app.views.presentation import code, named_link, signed_by
from app.views.reasons import Question, ask_and_do, fill_and_do
from app.views.records import Records
from app.views.refund_access import RefundAccess


def _policy(code: str | None) -> str:
    """What the policy said; how the refund came about where nobody asked it."""
    if code is None:
        return str(label_of(RefundSource.MADE_AT_PROVIDER)[0])
    return str(label_of(RefundCode(code))[0]) if code in set(RefundCode) else code


def _is_untold(row: Refund) -> bool:
    """Whether staff were asked to find out what became of it: the provider does not tell."""
    return StaffTaskRepository(session()).was_asked(NOT_TOLD, "refund", row.id)


class SentForm(FlaskForm):
    """By which name the provider or the bank knows the refund."""

    reference = StringField(
        _("Number at the provider or the bank"),
        description=_("The number of the refund or of the payment order."),
        filters=[lambda text: text.strip() if text else text],
        validators=[DataRequired(), Length(max=LONGEST_REFERENCE)],
    )
    through = SelectField(
        _("How it has left"),
        choices=[
            SelectChoice("", _("By the way the money came")),
            SelectChoice(BANK_PROVIDER, _("By bank transfer")),
        ],
        default="",
        render_kw={"class": "form-select"},
    )


class RefundView(RefundAccess):
    """Refunds: read-only but for the decision about them."""

    datamodel = Records(
        Refund,
        loads=[joinedload(Refund.customer), joinedload(Refund.payment)],
        own_filters=CUSTOMER_ADDRESS,
        computed={
            "subscription_link": lambda row: named_link("subscription", row.subscription_id),
            "payment_link": lambda row: named_link("payment", row.payment_id),
            "to_method": lambda row: Money(row.to_method_minor, row.currency),
            "prepaid": lambda row: Money(row.prepaid_minor, row.currency),
            "service": lambda row: Money(row.service_minor, row.currency),
        },
    )
    route_base = "/refunds"
    base_permissions = (
        *READ_ONLY,
        "can_payment_order",
        "can_by_bank",
        "can_approve",
        "can_reject",
        "can_mark_sent",
        "can_send_again",
        "can_end_access",
    )
    list_title = _("Refunds")
    show_title = _("Refund")
    list_columns = ("id", "customer", "subscription_link", "amount", "status", "requested_at", "requested_by")
    show_columns = (
        "status", "source", "customer", "subscription_link", "payment_link", "amount", "to_method",
        "decision_code", "prepaid", "service", "reason", "requested_by", "requested_at", "decided_by",
        "decided_at", "sent_at", "leaves_from", "payment_order_at", "provider_reference", "failure_code",
        "order_id",
    )  # fmt: skip
    search_columns = (
        "customer_email", "status", "source", "requested_at", "decided_at", "sent_at", "requested_by",
        "decided_by", "currency", "amount_minor", "provider_reference", "customer_id", "subscription_id",
        "payment_id",
    )  # fmt: skip
    order_columns = ("id", "status", "requested_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        subscription_link=_("Subscription"),
        subscription_id=_("Subscription No."),
        payment_link=_("Payment"),
        payment_id=_("Payment No."),
        amount=_("Goes back"),
        amount_minor=_("Sum in kopecks or cents"),
        currency=_("Currency"),
        source=_("How it came about"),
        decision_code=_("By the policy"),
        prepaid=_("Of it for service not given yet"),
        service=_("Of it for service given"),
        reason=_("Reason"),
        requested_by=_("Asked for by"),
        requested_at=_("Asked for at"),
        decided_by=_("Decided by"),
        decided_at=_("Decided at"),
        sent_at=_("Sent at"),
        provider_reference=_("Number at the provider"),
        to_method=_("Of it to the method that paid"),
        failure_code=_("Failure"),
        order_id=_("Key of the order"),
        leaves_from=_("Leaves from"),
        payment_order_at=_("Payment order made at"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {
            "decision_code": _policy,
            "failure_code": code,
            "leaves_from": provider_name,
            "order_id": lambda key: code(str(key) if key else None),
            "requested_by": signed_by,
            "decided_by": signed_by,
        }
        super()._init_properties()

    def commands(self, row: Refund) -> list[Command]:
        """The decision while it waits for one, then sending it and noting that the money has left."""
        mark_sent = (_("Mark as sent"), "mark_sent", "send", True)
        send_again = (_("Send by the provider"), "send_again", "refresh", False)
        may_go_so = row.payment.provider not in BY_HAND and row.payment_order_at is None
        by_provider = (send_again,) if may_go_so else ()
        offered = {
            RefundStatus.REQUESTED: (
                (_("Approve"), "approve", "check", True),
                (_("Reject"), "reject", "x", False),
            ),
            RefundStatus.APPROVED: (mark_sent, *by_provider),
            RefundStatus.SENDING: (mark_sent,) if _is_untold(row) else (),
            RefundStatus.FAILED: (*by_provider, mark_sent),
        }.get(row.status, ())
        return super().commands(row) + [
            Command(label, self.command_url(method, row.id), icon, primary)
            for label, method, icon, primary in offered
            if self.may(f"can_{method}")
        ]

    def history(self, row: Refund) -> list[dict[str, Any]]:
        """Who asked, decided and sent."""
        return history.of_object("refund", row.id)

    @expose("/approve/<pk>", methods=["GET", "POST"])
    @has_access
    def approve(self, pk: str) -> Any:
        """Ask for a reason, then decide that the money goes back."""
        return self._decide(
            pk,
            approve_refund,
            title=_("Approve the refund"),
            effect=_(
                "The money is taken from the payment, access to what it paid for ends, and the customer gets "
                "a mail."
            ),
            done=_("The refund is approved."),
        )

    @expose("/reject/<pk>", methods=["GET", "POST"])
    @has_access
    def reject(self, pk: str) -> Any:
        """Ask for a reason, then decide that nothing goes back."""
        return self._decide(
            pk,
            reject_refund,
            title=_("Reject the refund"),
            effect=_("Nothing goes back and access stays. The customer gets a mail."),
            done=_("The refund is rejected."),
        )

    @expose("/mark-sent/<pk>", methods=["GET", "POST"])
    @has_access
    def mark_sent(self, pk: str) -> Any:
        """Ask for the number of the transfer, then note that the money has left."""
        row, form = self.record(pk), SentForm()
        question = self._question(
            row,
            title=_("Mark as sent"),
            effect=_("The money has left. The customer gets a mail."),
            done=_("The refund is marked as sent."),
        )

        def deed() -> None:
            mark_refund_sent(
                container().transactions,
                actor=actor(),
                refund_id=int(pk),
                reference=form.reference.data,
                now=container().clock.now(),
                through=form.through.data or None,
            )

        return fill_and_do(question, form, deed)

    @expose("/send-again/<pk>", methods=["GET", "POST"])
    @has_access
    def send_again(self, pk: str) -> Any:
        """Ask for a reason, then have the provider send it."""
        return self._decide(
            pk,
            send_refund_again,
            title=_("Send by the provider"),
            effect=_("The provider is asked to send the money, under a key of its own."),
            done=_("The refund is ordered of the provider."),
        )

    def _decide(self, pk: str, use_case: Callable[..., None], **texts: Any) -> Any:
        row = self.record(pk)

        def deed(reason: str) -> None:
            use_case(
                container().transactions,
                actor=actor(),
                refund_id=int(pk),
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(self._question(row, **texts), deed)

    def _question(self, row: Refund, *, title: Any, effect: Any, done: Any) -> Question:
        return Question(
            title=title,
            effect=effect,
            button=title,
            done=done,
            back=self.command_url("show", row.id),
            facts=(
                (_("Customer"), row.customer),
                (_("Goes back"), row.amount),
                (_("By the policy"), _policy(row.decision_code)),
                (_("Reason"), row.reason),
                (_("Asked for by"), signed_by(row.requested_by)),
            ),
        )
