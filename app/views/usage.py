"""Pay-as-you-go (I1): what was used in each calendar month."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.models import Customer, Subscription, UsageMonth
from app.views.base import RecordView, labels, per_column
from app.views.filters import Filled, RecordFilter
from app.views.presentation import month, named_link
from app.views.records import Records


class SubscriberAddress(RecordFilter):
    """Rows of subscriptions of customers whose e-mail holds the text."""

    name = _("Contains")

    def condition(self, value: str) -> Any:
        """For a table that knows its subscription only."""
        matching = (
            select(Subscription.id)
            .join(Customer, Customer.id == Subscription.customer_id)
            .where(Customer.email.icontains(value, autoescape=True))
        )
        return self.model.subscription_id.in_(matching)


class UsageMonthView(RecordView):
    """Months of operations. A month has no page of its own: its subscription's page tells all of it."""

    datamodel = Records(
        UsageMonth,
        own_filters={"customer_email": (SubscriberAddress,), "closed_at": (Filled,)},
        computed={"subscription": lambda row: named_link("subscription", row.subscription_id)},
    )
    route_base = "/usage-months"
    base_permissions = ("can_list",)
    base_order = ("month", "desc")
    list_title = _("Used operations")
    list_columns = ("subscription", "month", "operations", "noticed_at", "closed_at")
    show_columns = list_columns
    search_columns = ("customer_email", "subscription_id", "month", "operations", "closed_at")
    order_columns = ("month", "operations", "closed_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"), closed_at=_("Closed"))
    label_columns = labels(
        subscription=_("Subscription"),
        subscription_id=_("Subscription No."),
        month=_("Month"),
        operations=_("Operations"),
        noticed_at=_("Preliminary sum told"),
        closed_at=_("Closed at"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"month": month}
        super()._init_properties()
