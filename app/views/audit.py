"""The audit: who did what and why. Append-only; nobody changes it, not even the Admin."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.models import AuditEntry
from app.views.action_names import action_name
from app.views.background import customer_link
from app.views.base import RecordView, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.presentation import code, named_link
from app.views.records import Records


class AuditRecords(Records):
    """Entries, with a link to what they speak of."""

    def _get_attr_value(self, item: AuditEntry, col: str) -> Any:
        if col == "subject":
            return named_link(item.object_kind, item.object_id)
        return super()._get_attr_value(item, col)


class AuditView(RecordView):
    """Deeds of staff and customers, newest first."""

    datamodel = AuditRecords(AuditEntry, own_filters=CUSTOMER_ADDRESS)
    route_base = "/audit"
    list_title = _("Audit")
    show_title = _("Audit entry")
    list_columns = ("action", "subject", "customer_id", "at", "actor_kind", "actor_identity", "reason")
    show_columns = (*list_columns, "details")
    search_columns = (
        "action", "actor_kind", "actor_identity", "object_kind", "object_id", "reason", "at",
        "customer_email", "customer_id",
    )  # fmt: skip
    order_columns = ("action", "actor_identity", "at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        action=_("Deed"),
        subject=_("On what"),
        customer_id=_("Customer"),
        actor_kind=_("Who"),
        actor_identity=_("Name or No."),
        object_kind=_("Kind of object (code)"),
        object_id=_("Object No."),
        reason=_("Reason"),
        at=_("When"),
        details=_("Details"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {
            "action": action_name,
            "customer_id": customer_link,
            "actor_identity": code,
        }
        super()._init_properties()
