"""API keys. Their hashes and fingerprints are in no column, filter or export."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.billing.api_key import ApiKeyStatus
from app.models import ApiKey
from app.services.api_keys import deactivate_key
from app.views import history
from app.views.base import READ_ONLY, Command, RecordView, labels, per_column
from app.views.context import actor, container
from app.views.customers import CUSTOMER_ADDRESS
from app.views.reasons import Question, ask_and_do
from app.views.records import Records

CAN_BE_SWITCHED_OFF = (ApiKeyStatus.UNCLAIMED, ApiKeyStatus.ACTIVE)


class ApiKeyView(RecordView):
    """Keys: who has them, whether they work, when they were used."""

    datamodel = Records(ApiKey, loads=[joinedload(ApiKey.customer)], own_filters=CUSTOMER_ADDRESS)
    route_base = "/api-keys"
    base_permissions = (*READ_ONLY, "can_deactivate")
    list_title = _("API keys")
    show_title = _("API key")
    list_columns = ("masked", "name", "kind", "status", "customer", "created_at", "last_used_at")
    show_columns = (
        "masked", "name", "group_name", "kind", "status", "scopes", "customer", "created_at", "claimed_at",
        "verified_at", "last_used_at", "expires_at", "deactivated_at",
    )  # fmt: skip
    search_columns = ("last4", "name", "kind", "status", "customer_email", "created_at", "customer_id")
    order_columns = ("name", "kind", "status", "created_at", "last_used_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        masked=_("Key"),
        last4=_("Last 4 characters"),
        name=_("Name"),
        group_name=_("Group"),
        kind=_("Kind"),
        scopes=_("Scopes"),
        created_at=_("Created"),
        claimed_at=_("Shown to its owner at"),
        verified_at=_("First used"),
        last_used_at=_("Last used"),
        expires_at=_("Ends"),
        deactivated_at=_("Deactivated at"),
    )

    def name_of(self, row: ApiKey) -> str:
        """The key as people may see it."""
        return row.masked

    def commands(self, row: ApiKey) -> list[Command]:
        """Switching off, while there is something to switch off."""
        if row.status not in CAN_BE_SWITCHED_OFF or not self.may("can_deactivate"):
            return []
        return [Command(_("Deactivate the key"), self.command_url("deactivate", row.id), "circle-x")]

    def history(self, row: ApiKey) -> list[dict[str, Any]]:
        """Every change of status, and who looked at the secret."""
        return history.of_object("api_key", row.id)

    @expose("/deactivate/<pk>", methods=["GET", "POST"])
    @has_access
    def deactivate(self, pk: str) -> Any:
        """Ask for a reason, then switch the key off for good."""
        row = self.record(pk)
        customer_id = row.customer_id
        question = Question(
            title=gettext("Deactivate the key %(key)s", key=row.masked),
            effect=gettext(
                "The very next check with this key of %(customer)s will be refused, and the customer gets a "
                "mail. This can't be undone; the customer can create another key.",
                customer=row.customer.email,
            ),
            button=_("Deactivate the key"),
            done=_("The key is deactivated."),
            back=self.command_url("show", row.id),
        )

        def deed(reason: str) -> None:
            deactivate_key(
                container().transactions,
                actor=actor(),
                customer_id=customer_id,
                api_key_id=int(pk),
                reason=reason,
                now=container().clock.now(),
            )

        return ask_and_do(question, deed)
