"""Subscriptions, with their paid periods and history."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.models import Connector, Subscription
from app.views import history
from app.views.base import READ_ONLY, Section, labels, per_column
from app.views.compensation_requests import CompensationRequests
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import RecordFilter
from app.views.presentation import named_link
from app.views.records import Records
from app.views.refund_requests import RefundRequests
from app.views.subscription_commands import PERMISSIONS, SubscriptionCommands
from app.views.subscription_sections import sections_of_subscription


class ConnectorSlug(RecordFilter):
    """Rows of the connector with this slug."""

    name = _("Starts with")

    def condition(self, value: str) -> Any:
        """For every table with a `connector_id`."""
        matching = select(Connector.id).where(Connector.slug.istartswith(value, autoescape=True))
        return self.model.connector_id.in_(matching)


CONNECTOR_SLUG = {"connector_slug": (ConnectorSlug,)}


class SubscriptionView(CompensationRequests, RefundRequests, SubscriptionCommands):
    """Subscriptions: read-only but for commands, because they carry access and money."""

    datamodel = Records(
        Subscription,
        loads=[joinedload(Subscription.customer), joinedload(Subscription.connector)],
        own_filters=CUSTOMER_ADDRESS | CONNECTOR_SLUG,
        computed={
            "promo_code": lambda row: row.promo_code_id and named_link("promo_code", row.promo_code_id)
        },
    )
    route_base = "/subscriptions"
    base_permissions = (*READ_ONLY, *PERMISSIONS, "can_request_refund", "can_request_compensation")
    list_title = _("Subscriptions")
    show_title = _("Subscription")
    list_columns = (
        "id", "customer", "connector", "make_account", "status", "interval", "period_end", "auto_renew",
    )  # fmt: skip
    show_columns = (
        "customer", "connector", "make_account", "previous_make_account", "make_account_changed_at", "status",
        "interval", "renewal_interval", "currency", "method", "metered", "auto_renew", "trial_ends_at",
        "continues_after_trial", "first_paid_at", "period_start", "period_end", "nominal_period_end",
        "anchor_day", "notice_due_at", "noticed_at", "renewal_due_at", "first_failed_at", "promo_code",
        "canceled_at", "created_at",
    )  # fmt: skip
    search_columns = (
        "customer_email", "connector_slug", "make_account", "status", "interval", "auto_renew", "method",
        "metered", "period_end", "trial_ends_at", "renewal_due_at", "customer_id",
    )  # fmt: skip
    search_labels = per_column(customer_email=_("Customer's e-mail"), connector_slug=_("Connector's slug"))
    label_columns = labels(
        connector=_("Connector"),
        make_account=_("Make account"),
        previous_make_account=_("Make account before"),
        make_account_changed_at=_("Make account set at"),
        interval=_("Period"),
        currency=_("Currency"),
        renewal_interval=_("Next period"),
        method=_("Paid by"),
        metered=_("Priced per operation"),
        auto_renew=_("Auto-renewal"),
        continues_after_trial=_("Goes on after the trial"),
        nominal_period_end=_("Paid until, without extra days"),
        notice_due_at=_("Notice due"),
        noticed_at=_("Notice given"),
        renewal_due_at=_("Renewal due"),
        promo_code=_("Promo code"),
        trial_ends_at=_("Trial ends"),
        first_paid_at=_("First paid"),
        period_start=_("Period from"),
        period_end=_("Paid until"),
        anchor_day=_("Billing day"),
        first_failed_at=_("First failed charge"),
        canceled_at=_("Canceled at"),
        created_at=_("Created"),
    )

    def sections(self, row: Subscription) -> list[Section]:
        """The paid periods, used operations, what was given back or given for trouble."""
        return sections_of_subscription(row)

    def history(self, row: Subscription) -> list[dict[str, Any]]:
        """Every change of status, and what was done about it."""
        return history.of_object("subscription", row.id)
