"""The audit: who did what and why. Append-only; nobody changes it, not even the Admin."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.models import AuditEntry
from app.views.action_names import action_name
from app.views.base import RecordView, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.presentation import code, customer_link, reason_text, subject_of
from app.views.records import Records


class AuditView(RecordView):
    """Deeds of staff and customers, newest first."""

    datamodel = Records(AuditEntry, own_filters=CUSTOMER_ADDRESS, computed={"subject": subject_of})
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
            "reason": reason_text,
        }
        super()._init_properties()
