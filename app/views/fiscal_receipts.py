"""Fiscal receipts: what the register was told of settlements with persons (54-ФЗ)."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.billing.fiscal_snapshot import receipt_from_snapshot
from app.models import FiscalReceiptRow, FiscalReceiptState
from app.services.fiscal.registering import register_again
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, Section, labels, per_column
from app.views.context import actor, container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.presentation import code, named_link
from app.views.reasons import Question, ask_and_do
from app.views.records import Records


class FiscalReceiptView(RecordView):
    """Fiscal receipts: read-only but for having the register told again."""

    datamodel = Records(
        FiscalReceiptRow,
        loads=[joinedload(FiscalReceiptRow.customer), joinedload(FiscalReceiptRow.payer)],
        own_filters=CUSTOMER_ADDRESS,
        computed={
            "payment_link": lambda row: named_link("payment", row.payment_id),
            "refund_link": lambda row: named_link("refund", row.refund_id),
        },
    )
    route_base = "/fiscal-receipts"
    base_permissions = (*READ_ONLY, "can_register_again")
    list_title = _("Fiscal receipts")
    show_title = _("Fiscal receipt")
    list_columns = ("id", "kind", "customer", "total", "settled_on", "due_on", "state")
    show_columns = (
        "state", "kind", "customer", "payer", "payment_link", "refund_link", "total", "settled_on", "due_on",
        "reference", "failure_code", "external_id", "created_at", "registered_at",
    )  # fmt: skip
    search_columns = (
        "customer_email", "kind", "state", "settled_on", "due_on", "total_minor", "reference", "customer_id",
        "payment_id", "refund_id",
    )  # fmt: skip
    order_columns = ("id", "state", "settled_on", "due_on")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        kind=_("Of what"),
        payer=_("Payer"),
        total=_("Total"),
        total_minor=_("Sum in kopecks or cents"),
        state=_("State"),
        settled_on=_("Day of the settlement"),
        due_on=_("Due by"),
        payment_link=_("Payment"),
        payment_id=_("Payment No."),
        refund_link=_("Refund"),
        refund_id=_("Refund No."),
        reference=_("Number at the register"),
        failure_code=_("Failure"),
        external_id=_("Key of the receipt"),
        created_at=_("Created"),
        registered_at=_("Registered at"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {
            "failure_code": code,
            "reference": code,
            "external_id": lambda key: code(str(key)),
        }
        super()._init_properties()

    def commands(self, row: FiscalReceiptRow) -> list[Command]:
        """Having the register told again, until it has registered the receipt."""
        if row.state is FiscalReceiptState.REGISTERED or not self.may("can_register_again"):
            return []
        return [
            Command(_("Send to the register again"), self.command_url("register_again", row.id), "refresh")
        ]

    def sections(self, row: FiscalReceiptRow) -> list[Section]:
        """What stands on the receipt."""
        receipt = receipt_from_snapshot(row.snapshot)
        items = [
            (item.name, item.amount, code(item.mode.value), code(item.vat_tag.value), item.vat)
            for item in receipt.items
        ]
        return [
            Section(
                _("On the receipt"),
                (_("Service"), _("Total"), _("Mode of the settlement"), _("Rate"), _("VAT")),
                items,
            )
        ]

    def history(self, row: FiscalReceiptRow) -> list[dict[str, Any]]:
        """How it came to be registered."""
        return history.of_object("fiscal_receipt", row.id)

    @expose("/register-again/<pk>", methods=["GET", "POST"])
    @has_access
    def register_again(self, pk: str) -> Any:
        """Ask for a reason, then have a worker tell the register."""
        row = self.record(pk)
        question = Question(
            title=gettext("Fiscal receipt No. %(number)s", number=row.id),
            effect=_("The register is told of it under the same key, so that it is never made twice."),
            button=_("Send to the register again"),
            done=_("The register will be told in a moment."),
            back=self.command_url("show", row.id),
            facts=((_("Customer"), row.customer), (_("Total"), row.total), (_("State"), row.state)),
        )

        def deed(reason: str) -> None:
            register_again(
                container().transactions,
                actor=actor(),
                receipt_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
