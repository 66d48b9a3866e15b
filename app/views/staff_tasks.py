"""What people must look at, and ticking it off."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.models import StaffTask
from app.services.staff_tasks import finish_task
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, labels, per_column
from app.views.context import actor, container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import Filled
from app.views.presentation import customer_link, subject_of
from app.views.reasons import Question, ask_and_do
from app.views.records import Records
from app.views.task_names import task_name


class StaffTaskView(RecordView):
    """What a person must look at."""

    datamodel = Records(
        StaffTask,
        own_filters=CUSTOMER_ADDRESS | {"done_at": (Filled,)},
        computed={"subject": subject_of},
    )
    route_base = "/tasks"
    base_permissions = (*READ_ONLY, "can_finish")
    list_title = _("Tasks for staff")
    show_title = _("Task")
    list_columns = ("kind", "subject", "customer_id", "created_at", "done_at")
    show_columns = list_columns
    search_columns = ("kind", "done_at", "created_at", "customer_email", "customer_id")
    order_columns = ("kind", "created_at", "done_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"), done_at=_("Done"))
    label_columns = labels(
        kind=_("What happened"),
        subject=_("Where"),
        customer_id=_("Customer"),
        created_at=_("Since"),
        done_at=_("Done"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"kind": task_name, "customer_id": customer_link}
        super()._init_properties()

    def commands(self, row: StaffTask) -> list[Command]:
        """Ticking it off, once."""
        if row.done_at is not None or not self.may("can_finish"):
            return []
        return [Command(_("Done"), self.command_url("finish", row.id), "check", primary=True)]

    def history(self, row: StaffTask) -> list[dict[str, Any]]:
        """Who ticked it off, and what was done."""
        return history.of_object("staff_task", row.id)

    @expose("/finish/<pk>", methods=["GET", "POST"])
    @has_access
    def finish(self, pk: str) -> Any:
        """Ask what was done about it, then tick it off."""
        row = self.record(pk)
        question = Question(
            title=_("The task is done"),
            effect=_("It leaves the list of open tasks. If the matter comes up again, there is a new task."),
            button=_("Done"),
            done=_("The task is ticked off."),
            back=self.command_url("show", row.id),
            facts=((_("What happened"), task_name(row.kind)), (_("Where"), subject_of(row))),
        )

        def deed(reason: str) -> None:
            finish_task(
                container().transactions,
                actor=actor(),
                task_id=int(pk),
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
