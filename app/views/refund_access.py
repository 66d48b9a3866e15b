"""What becomes of the access that a refund made at the provider had paid for: a person decides (H7)."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.models import Refund
from app.services.refunds_at_providers import access_may_end, end_refunded_access
from app.services.unit_of_work import Repositories
from app.views.base import Command
from app.views.context import actor, container, session
from app.views.reasons import Question, ask_and_do
from app.views.refund_orders import RefundOrders


class RefundAccess(RefundOrders):
    """The command of a refund's page."""

    def commands(self, row: Refund) -> list[Command]:
        """Offered while the period runs that the refund gives back."""
        found = super().commands(row)
        may_end = access_may_end(Repositories(session()), row, container().clock.now())
        if may_end and self.may("can_end_access"):
            found.append(Command(_("End the access"), self.command_url("end_access", row.id), "plug-x"))
        return found

    @expose("/end-access/<pk>", methods=["GET", "POST"])
    @has_access
    def end_access(self, pk: str) -> Any:
        """Ask for a reason, then end the access."""
        row = self.record(pk)
        question = Question(
            title=_("End the access"),
            effect=_("The period that this money had paid for ends now, and the access with it."),
            button=_("End the access"),
            done=_("The access has ended."),
            back=self.command_url("show", row.id),
            facts=((_("Customer"), row.customer), (_("Goes back"), row.amount)),
        )

        def deed(reason: str) -> None:
            end_refunded_access(
                container().transactions,
                actor=actor(),
                refund_id=row.id,
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
