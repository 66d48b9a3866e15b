"""The debt of a lost dispute: taken from the customer's balance, or written off by finance (H2, K1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.billing.money import Money
from app.models import Dispute
from app.services.dispute_debts import pay_debt_from_balance, write_off_debt
from app.views.base import Command, RecordView
from app.views.context import actor, container
from app.views.reasons import Question, ask_and_do


class DisputeDebts(RecordView):
    """The commands of a dispute's page."""

    def commands(self, row: Dispute) -> list[Command]:
        """Offered while the customer owes something for it."""
        offered = (
            (_("Pay from the balance"), "from_balance", "wallet"),
            (_("Write the debt off"), "write_off", "x"),
        )
        return super().commands(row) + [
            Command(label, self.command_url(method, row.id), icon)
            for label, method, icon in offered
            if row.owed and self.may(f"can_{method}")
        ]

    @expose("/from-balance/<pk>", methods=["GET", "POST"])
    @has_access
    def from_balance(self, pk: str) -> Any:
        """Ask for a reason, then let the balance pay what it can."""
        return self._settle(
            pk,
            pay_debt_from_balance,
            title=_("Pay the debt from the balance"),
            effect=_(
                "The customer's balance pays what it can of the debt; access stays. Money that the customer "
                "sends for the debt comes to the balance first."
            ),
            done=_("The balance has paid what it could."),
        )

    @expose("/write-off/<pk>", methods=["GET", "POST"])
    @has_access
    def write_off(self, pk: str) -> Any:
        """Ask for a reason, then give the debt up."""
        return self._settle(
            pk,
            write_off_debt,
            title=_("Write the debt off"),
            effect=_(
                "What is left of the debt becomes our loss, and the access that it should have paid for "
                "ends. When the bank decides for us after all, the loss is taken back by itself."
            ),
            done=_("The debt is written off."),
        )

    def _settle(self, pk: str, use_case: Callable[..., Money], **texts: Any) -> Any:
        row = self.record(pk)
        question = Question(
            **texts,
            button=texts["title"],
            back=self.command_url("show", row.id),
            facts=(
                (_("Customer"), row.customer),
                (_("Taken from us"), row.lost),
                (_("The customer owes"), row.owed),
            ),
        )

        def deed(reason: str) -> None:
            use_case(
                container().transactions,
                actor=actor(),
                dispute_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
