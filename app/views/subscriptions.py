"""Subscriptions, with their paid periods and history."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.models import Connector, Invoice, InvoiceLine, PriceVersion, Subscription, SubscriptionPeriod
from app.views import history
from app.views.base import RecordView, Section, labels, per_column
from app.views.context import session
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import RecordFilter
from app.views.records import Records


class ConnectorSlug(RecordFilter):
    """Rows of the connector with this slug."""

    name = _("Starts with")

    def condition(self, value: str) -> Any:
        """For every table with a `connector_id`."""
        matching = select(Connector.id).where(Connector.slug.istartswith(value, autoescape=True))
        return self.model.connector_id.in_(matching)


CONNECTOR_SLUG = {"connector_slug": (ConnectorSlug,)}


class SubscriptionView(RecordView):
    """Subscriptions: read-only, because they carry access and money."""

    datamodel = Records(
        Subscription,
        loads=[joinedload(Subscription.customer), joinedload(Subscription.connector)],
        own_filters=CUSTOMER_ADDRESS | CONNECTOR_SLUG,
    )
    route_base = "/subscriptions"
    list_title = _("Subscriptions")
    show_title = _("Subscription")
    list_columns = (
        "id", "customer", "connector", "make_account", "status", "interval", "period_end", "auto_renew",
    )  # fmt: skip
    show_columns = (
        "customer", "connector", "make_account", "previous_make_account", "make_account_changed_at", "status",
        "interval", "currency", "auto_renew", "trial_ends_at", "first_paid_at", "period_start", "period_end",
        "anchor_day", "first_failed_at", "canceled_at", "created_at",
    )  # fmt: skip
    search_columns = (
        "customer_email", "connector_slug", "make_account", "status", "interval", "auto_renew",
        "period_end", "trial_ends_at", "customer_id",
    )  # fmt: skip
    search_labels = per_column(customer_email=_("Customer's e-mail"), connector_slug=_("Connector's slug"))
    label_columns = labels(
        connector=_("Connector"),
        make_account=_("Make account"),
        previous_make_account=_("Make account before"),
        make_account_changed_at=_("Make account set at"),
        interval=_("Period"),
        currency=_("Currency"),
        auto_renew=_("Auto-renewal"),
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
        """The paid periods."""
        query = (
            select(SubscriptionPeriod, PriceVersion, Invoice)
            .join(PriceVersion, PriceVersion.id == SubscriptionPeriod.price_version_id)
            .join(InvoiceLine, InvoiceLine.id == SubscriptionPeriod.invoice_line_id)
            .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
            .where(SubscriptionPeriod.subscription_id == row.id)
            .order_by(SubscriptionPeriod.starts_at.desc())
        )
        periods = [
            (period.starts_at, period.ends_at, price.amount, invoice)
            for period, price, invoice in session().execute(query)
        ]
        return [Section(_("Paid periods"), (_("From"), _("To"), _("Price"), _("Invoice")), periods)]

    def history(self, row: Subscription) -> list[dict[str, Any]]:
        """Every change of status, and what was done about it."""
        return history.of_object("subscription", row.id)
