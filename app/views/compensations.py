"""Compensation: asked for by support, decided by finance, given at once (H7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.billing.compensation import CompensationStatus
from app.models import Compensation
from app.services.compensation import approve_compensation, reject_compensation
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, labels, per_column
from app.views.context import actor, container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.presentation import named_link, signed_by, what_is_given
from app.views.reasons import Question, ask_and_do
from app.views.records import Records


class CompensationView(RecordView):
    """What was given for trouble, or is to be given."""

    datamodel = Records(
        Compensation,
        loads=[joinedload(Compensation.customer)],
        own_filters=CUSTOMER_ADDRESS,
        computed={
            "given": what_is_given,
            "subscription_link": lambda row: (
                row.subscription_id and named_link("subscription", row.subscription_id)
            ),
            "promo_code": lambda row: row.promo_code_id and named_link("promo_code", row.promo_code_id),
        },
    )
    route_base = "/compensations"
    base_permissions = (*READ_ONLY, "can_approve", "can_reject")
    list_title = _("Compensations")
    show_title = _("Compensation")
    list_columns = ("id", "customer", "subscription_link", "kind", "given", "status", "requested_at")
    show_columns = (
        "status", "customer", "subscription_link", "kind", "given", "reason", "requested_by", "requested_at",
        "decided_by", "decided_at", "promo_code",
    )  # fmt: skip
    search_columns = (
        "customer_email", "status", "kind", "requested_at", "decided_at", "requested_by", "decided_by",
        "customer_id", "subscription_id",
    )  # fmt: skip
    order_columns = ("id", "kind", "status", "requested_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        subscription_link=_("Subscription"),
        subscription_id=_("Subscription No."),
        kind=_("Kind"),
        given=_("How much"),
        reason=_("Reason"),
        requested_by=_("Asked for by"),
        requested_at=_("Asked for at"),
        decided_by=_("Decided by"),
        decided_at=_("Decided at"),
        promo_code=_("Promo code"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"requested_by": signed_by, "decided_by": signed_by}
        super()._init_properties()

    def commands(self, row: Compensation) -> list[Command]:
        """The decision, while it waits for one."""
        if row.status is not CompensationStatus.REQUESTED:
            return []
        offered = ((_("Approve"), "approve", "check", True), (_("Reject"), "reject", "x", False))
        return [
            Command(label, self.command_url(method, row.id), icon, primary)
            for label, method, icon, primary in offered
            if self.may(f"can_{method}")
        ]

    def history(self, row: Compensation) -> list[dict[str, Any]]:
        """Who asked and decided."""
        return history.of_object("compensation", row.id)

    @expose("/approve/<pk>", methods=["GET", "POST"])
    @has_access
    def approve(self, pk: str) -> Any:
        """Ask for a reason, then give it."""
        return self._decide(
            pk,
            approve_compensation,
            title=_("Approve the compensation"),
            effect=_("It is given at once, and the customer gets a mail."),
            done=_("The compensation is given."),
        )

    @expose("/reject/<pk>", methods=["GET", "POST"])
    @has_access
    def reject(self, pk: str) -> Any:
        """Ask for a reason, then decide that nothing is given."""
        return self._decide(
            pk,
            reject_compensation,
            title=_("Reject the compensation"),
            effect=_("Nothing is given. The customer is told nothing."),
            done=_("The compensation is rejected."),
        )

    def _decide(self, pk: str, use_case: Callable[..., None], *, title: Any, effect: Any, done: Any) -> Any:
        row = self.record(pk)
        question = Question(
            title=title,
            effect=effect,
            button=title,
            done=done,
            back=self.command_url("show", row.id),
            facts=(
                (_("Customer"), row.customer),
                (_("Kind"), row.kind),
                (_("How much"), what_is_given(row)),
                (_("Reason"), row.reason),
                (_("Asked for by"), signed_by(row.requested_by)),
            ),
        )

        def deed(reason: str) -> None:
            use_case(
                container().transactions,
                actor=actor(),
                compensation_id=int(pk),
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
