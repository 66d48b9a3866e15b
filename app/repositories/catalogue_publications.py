"""The catalogue as providers show it, and what they were last told of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.billing.catalogue_sync import CatalogueItem, CataloguePrice
from app.models import CataloguePublication, Connector, ConnectorStatus, PriceVersion
from app.repositories.base import Repository


class CataloguePublicationRepository(Repository[CataloguePublication]):
    """What was told to whom."""

    model = CataloguePublication

    def items(self, now: datetime) -> dict[int, CatalogueItem]:
        """Every connector that has prices by the period, by its id; drafts were never sold."""
        prices = self._prices(now)
        connectors = self.session.scalars(
            select(Connector)
            .where(Connector.id.in_(prices), Connector.status != ConnectorStatus.DRAFT)
            .order_by(Connector.id)
        )
        return {
            row.id: CatalogueItem(
                slug=row.slug,
                name=row.name,
                prices=tuple(prices[row.id]),
                active=row.status is ConnectorStatus.PUBLISHED,
            )
            for row in connectors
        }

    def digests(self, provider: str) -> dict[int, str]:
        """What the provider was told, by connector."""
        rows = self.session.execute(
            select(CataloguePublication.connector_id, CataloguePublication.digest).where(
                CataloguePublication.provider == provider
            )
        )
        return {row.connector_id: row.digest for row in rows}

    def told(self, provider: str, connector_id: int, digest: str, real_now: datetime) -> None:
        """Remember what the provider was told last."""
        row = {"digest": digest, "published_at": real_now}
        self.session.execute(
            insert(CataloguePublication)
            .values(provider=provider, connector_id=connector_id, **row)
            .on_conflict_do_update(
                index_elements=[CataloguePublication.provider, CataloguePublication.connector_id], set_=row
            )
        )

    def _prices(self, now: datetime) -> dict[int, Sequence[CataloguePrice]]:
        """The versions of every connector; active is what is sold now or will be."""
        following = func.lead(PriceVersion.valid_from).over(
            partition_by=(PriceVersion.connector_id, PriceVersion.interval, PriceVersion.currency),
            order_by=PriceVersion.valid_from,
        )
        sold = or_(following.is_(None), following > now)
        rows = self.session.execute(select(PriceVersion, sold).order_by(PriceVersion.id))
        prices: dict[int, list[CataloguePrice]] = defaultdict(list)
        for version, active in rows:
            prices[version.connector_id].append(
                CataloguePrice(version.id, version.interval, version.amount, active)
            )
        return dict(prices)
