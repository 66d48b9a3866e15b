"""Work in the background and what came from outside: the outbox and the webhook inbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.models import OutboxMessage, ProviderCursor, WebhookEvent
from app.views.base import RecordView, labels, per_column
from app.views.context import container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.ledger_names import provider_name
from app.views.message_names import message_name
from app.views.presentation import code, customer_link
from app.views.records import Records


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
    show_columns = (*list_columns, "subject", "object_reference", "attempt_id")
    search_columns = (
        "event_id", "provider", "kind", "subject", "object_reference", "state", "received_at",
    )  # fmt: skip
    label_columns = labels(
        event_id=_("Event"),
        provider=_("Provider"),
        kind=_("Kind"),
        state=_("State"),
        received_at=_("Received"),
        processed_at=_("Processed at"),
        attempt_id=_("Payment attempt"),
        subject=_("Speaks of"),
        object_reference=_("Number at the provider"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"provider": provider_name, "object_reference": code}
        super()._init_properties()


class ReconciliationView(RecordView):
    """How far the events of each provider have been read: what no webhook brought is found so."""

    datamodel = Records(ProviderCursor, computed={"lag": lambda row: lag(row.seen_until)})
    route_base = "/reconciliation"
    base_permissions = ("can_list",)
    base_order = ("provider", "asc")
    list_title = _("Reconciliation with providers")
    list_columns = ("provider", "seen_until", "lag", "asked_at", "found")
    search_columns = ("provider", "seen_until", "asked_at")
    order_columns = search_columns
    label_columns = labels(
        provider=_("Provider"),
        seen_until=_("Read until"),
        lag=_("Behind by"),
        asked_at=_("Last asked"),
        found=_("Found without a webhook"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"provider": provider_name}
        super()._init_properties()


def lag(seen_until: datetime) -> str:
    """How far behind real time the reading is."""
    minutes = int((container().wall_clock.now() - seen_until) / timedelta(minutes=1))
    return str(gettext("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60))
