"""Disputes: what banks take back, as the providers report it, and what staff did about it (H2, H3)."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.models import Dispute
from app.services.disputes import note_dispute
from app.views import history
from app.views.base import READ_ONLY, Command, labels, per_column
from app.views.context import actor, container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.dispute_debts import DisputeDebts
from app.views.ledger_names import provider_name
from app.views.presentation import code, named_link
from app.views.reasons import Question, ask_and_do
from app.views.records import Records


class DisputeView(DisputeDebts):
    """Disputes: read-only but for notes and debts; they are answered on the provider's own pages."""

    datamodel = Records(
        Dispute,
        loads=[joinedload(Dispute.customer)],
        own_filters=CUSTOMER_ADDRESS,
        computed={"payment_link": lambda row: named_link("payment", row.payment_id)},
    )
    route_base = "/disputes"
    base_permissions = (*READ_ONLY, "can_note", "can_from_balance", "can_write_off")
    list_title = _("Disputes")
    show_title = _("Dispute")
    list_columns = (
        "id",
        "customer",
        "payment_link",
        "amount",
        "state",
        "reason",
        "evidence_due_at",
        "opened_at",
    )
    show_columns = (
        "state", "customer", "payment_link", "amount", "lost", "owed", "reason", "evidence_due_at",
        "opened_at", "closed_at", "provider", "reference",
    )  # fmt: skip
    search_columns = (
        "customer_email", "state", "provider", "reference", "reason", "evidence_due_at", "opened_at",
        "currency", "amount_minor", "customer_id", "payment_id",
    )  # fmt: skip
    order_columns = ("id", "state", "evidence_due_at", "opened_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        payment_link=_("Payment"),
        payment_id=_("Payment No."),
        amount=_("Sum in dispute"),
        amount_minor=_("Sum in kopecks or cents"),
        currency=_("Currency"),
        lost=_("Taken from us"),
        owed=_("The customer owes"),
        state=_("State"),
        reason=_("The bank's reason"),
        evidence_due_at=_("Evidence is due by"),
        opened_at=_("Known since"),
        closed_at=_("Closed at"),
        provider=_("Provider"),
        reference=_("Number at the provider"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"provider": provider_name, "reason": code, "reference": code}
        super()._init_properties()

    def commands(self, row: Dispute) -> list[Command]:
        """Writing down what was done about it, and what becomes of its debt."""
        found = super().commands(row)
        if self.may("can_note"):
            found.append(Command(_("Add a note"), self.command_url("note", row.id), "edit"))
        return found

    def history(self, row: Dispute) -> list[dict[str, Any]]:
        """How it went, and the notes about it."""
        return history.of_object("dispute", row.id)

    @expose("/note/<pk>", methods=["GET", "POST"])
    @has_access
    def note(self, pk: str) -> Any:
        """Ask for the note, then keep it in the history."""
        row = self.record(pk)
        question = Question(
            title=_("Note about the dispute"),
            effect=_("The note stays in the history. Evidence is sent on the provider's own pages."),
            button=_("Add a note"),
            done=_("The note is kept."),
            back=self.command_url("show", row.id),
            facts=(
                (_("Customer"), row.customer),
                (_("Sum in dispute"), row.amount),
                (_("State"), row.state),
                (_("Evidence is due by"), row.evidence_due_at),
            ),
        )

        def deed(note: str) -> None:
            note_dispute(
                container().transactions,
                actor=actor(),
                dispute_id=int(pk),
                note=note,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
