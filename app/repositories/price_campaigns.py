"""Price campaigns, the notices given by them, and the price versions that both speak of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select

from app.billing.price_change import Notice, Price
from app.models import PriceCampaign, PriceNotice, PriceVersion
from app.repositories.base import Repository


class PriceCampaignRepository(Repository[PriceCampaign]):
    """Campaigns and notices."""

    model = PriceCampaign

    def versions_of(self, connector_ids: Collection[int]) -> dict[int, list[Price]]:
        """Every version of these connectors' prices, past and future, by connector."""
        versions: dict[int, list[Price]] = defaultdict(list)
        query = select(PriceVersion).where(PriceVersion.connector_id.in_(connector_ids))
        for row in self.session.scalars(query):
            versions[row.connector_id].append(_price(row))
        return versions

    def notices_of(self, subscription_ids: Collection[int]) -> dict[int, list[Notice]]:
        """Every notice of these subscriptions, by subscription."""
        notices: dict[int, list[Notice]] = defaultdict(list)
        query = (
            select(PriceNotice, PriceVersion)
            .join(PriceVersion, PriceVersion.id == PriceNotice.new_price_version_id)
            .where(PriceNotice.subscription_id.in_(subscription_ids))
        )
        for row, version in self.session.execute(query).tuples():
            notices[row.subscription_id].append(Notice(row.id, _price(version), row.applies_from))
        return notices


def _price(row: PriceVersion) -> Price:
    return Price(row.id, row.amount, row.interval, row.valid_from)
