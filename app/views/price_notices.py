"""Notices of prices (G5): the proof that a customer was told, and from when the price applies."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.models import PriceNotice, PriceVersion
from app.views.base import RecordView, Section, labels, per_column
from app.views.context import session
from app.views.customers import CUSTOMER_ADDRESS
from app.views.presentation import customer_link, named_link
from app.views.records import Records


class PriceNoticeView(RecordView):
    """Who was told of which price and when. Append-only."""

    datamodel = Records(
        PriceNotice,
        own_filters=CUSTOMER_ADDRESS,
        computed={
            "campaign": lambda row: named_link("price_campaign", row.campaign_id),
            "subscription": lambda row: named_link("subscription", row.subscription_id),
        },
    )
    route_base = "/price-notices"
    list_title = _("Notices of prices")
    show_title = _("Notice of a price")
    list_columns = ("id", "campaign", "customer_id", "subscription", "noticed_at", "applies_from")
    show_columns = ("campaign", "customer_id", "subscription", "noticed_at", "applies_from")
    search_columns = (
        "customer_email", "campaign_id", "subscription_id", "customer_id", "noticed_at", "applies_from",
    )  # fmt: skip
    order_columns = ("id", "noticed_at", "applies_from")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        campaign=_("Price change"),
        campaign_id=_("Price change No."),
        customer_id=_("Customer"),
        subscription=_("Subscription"),
        subscription_id=_("Subscription No."),
        noticed_at=_("Told at"),
        applies_from=_("Applies to renewals from"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"customer_id": customer_link}
        super()._init_properties()

    def sections(self, row: PriceNotice) -> list[Section]:
        """The price before and the price after."""
        ids = (row.old_price_version_id, row.new_price_version_id)
        found = session().scalars(select(PriceVersion).where(PriceVersion.id.in_(ids)))
        versions = {version.id: version for version in found}
        rows = [
            (name, versions[identity].amount, versions[identity].interval, versions[identity].valid_from)
            for name, identity in zip((_("Before"), _("After")), ids, strict=True)
        ]
        return [Section(_("Prices"), ("", _("Price"), _("Period"), _("Valid from")), rows)]
