"""Work in the background and what came from outside: tasks for people, the outbox, the webhook inbox."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.models import OutboxMessage, StaffTask, WebhookEvent
from app.views.base import RecordView, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import Filled
from app.views.message_names import message_name
from app.views.presentation import code, named_link
from app.views.records import Records
from app.views.task_names import task_name


def customer_link(customer_id: int | None) -> Any:
    """A link to a customer known by the id only."""
    if customer_id is None:
        return code(None)
    return named_link("customer", customer_id)


class StaffTaskRecords(Records):
    """Tasks, with a link to what they speak of."""

    def _get_attr_value(self, item: StaffTask, col: str) -> Any:
        if col == "subject":
            return named_link(item.object_kind, item.object_id)
        return super()._get_attr_value(item, col)


class StaffTaskView(RecordView):
    """What a person must look at."""

    datamodel = StaffTaskRecords(StaffTask, own_filters=CUSTOMER_ADDRESS | {"done_at": (Filled,)})
    route_base = "/tasks"
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


class OutboxView(RecordView):
    """Mails and jobs that were promised, and how far they have come."""

    datamodel = Records(OutboxMessage, own_filters=CUSTOMER_ADDRESS)
    route_base = "/outbox"
    list_title = _("Outbox")
    show_title = _("Outbox message")
    list_columns = ("name", "customer_id", "status", "attempts", "created_at", "finished_at", "failure_code")
    show_columns = (
        "name", "queue", "customer_id", "status", "attempts", "payload", "created_at", "available_at",
        "leased_until", "finished_at", "failure_code",
    )  # fmt: skip
    search_columns = (
        "name",
        "status",
        "attempts",
        "failure_code",
        "created_at",
        "customer_email",
        "customer_id",
    )
    order_columns = ("name", "status", "attempts", "created_at", "finished_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        name=_("What is promised"),
        queue=_("Queue"),
        customer_id=_("Customer"),
        attempts=_("Attempts"),
        payload=_("Ids"),
        created_at=_("Created"),
        available_at=_("Next attempt"),
        leased_until=_("In work until"),
        finished_at=_("Finished"),
        failure_code=_("Failure"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {
            "name": message_name,
            "customer_id": customer_link,
            "failure_code": code,
            "queue": code,
        }
        super()._init_properties()


class WebhookEventView(RecordView):
    """What providers told us: a hint to look, never proof of money."""

    datamodel = Records(WebhookEvent)
    route_base = "/webhooks"
    list_title = _("Webhook inbox")
    show_title = _("Webhook")
    list_columns = ("event_id", "provider", "kind", "state", "received_at", "processed_at")
    show_columns = (*list_columns, "attempt_id")
    search_columns = ("event_id", "provider", "kind", "state", "received_at")
    label_columns = labels(
        event_id=_("Event"),
        provider=_("Provider"),
        kind=_("Kind"),
        state=_("State"),
        received_at=_("Received"),
        processed_at=_("Processed at"),
        attempt_id=_("Payment attempt"),
    )
