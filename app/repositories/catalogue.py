"""Connectors, prices, terms and the seller."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from app.billing.errors import NotFound
from app.billing.periods import BillingInterval
from app.models import (
    Connector,
    ConnectorStatus,
    ConnectorTier,
    DocumentSeries,
    PriceVersion,
    Seller,
    TermsAcceptance,
    TermsVersion,
)
from app.repositories.base import Repository

PriceKey = tuple[int, BillingInterval, str]
"""Connector id, period, currency."""


class ConnectorRepository(Repository[Connector]):
    """Connectors."""

    model = Connector

    def published(self) -> Sequence[Connector]:
        """What is sold, by name."""
        return self.session.scalars(
            select(Connector).where(Connector.status == ConnectorStatus.PUBLISHED).order_by(Connector.name)
        ).all()

    def published_by_slug(self, slug: str) -> Connector:
        """The connector sold under this slug, with its change log; raises NotFound."""
        connector = self.session.scalar(
            select(Connector)
            .where(Connector.slug == slug, Connector.status == ConnectorStatus.PUBLISHED)
            .options(selectinload(Connector.releases))
        )
        if connector is None:
            raise NotFound("connector")
        return connector

    def trial_eligible(self) -> Sequence[Connector]:
        """The standard connectors that may be tried (C1), by name."""
        return self.session.scalars(
            select(Connector)
            .where(
                Connector.status == ConnectorStatus.PUBLISHED,
                Connector.tier == ConnectorTier.STANDARD,
                Connector.trial_eligible,
            )
            .order_by(Connector.name)
        ).all()

    def prices(
        self, connector_ids: Collection[int], currency: str, now: datetime
    ) -> dict[PriceKey, PriceVersion]:
        """The price in force now of each connector and period in this currency, by key."""
        rows = self.session.scalars(
            select(PriceVersion)
            .where(
                PriceVersion.connector_id.in_(connector_ids),
                PriceVersion.currency == currency,
                PriceVersion.valid_from <= now,
            )
            .distinct(PriceVersion.connector_id, PriceVersion.interval)
            .order_by(PriceVersion.connector_id, PriceVersion.interval, PriceVersion.valid_from.desc())
        )
        return {(row.connector_id, row.interval, row.currency): row for row in rows}


class TermsRepository(Repository[TermsVersion]):
    """Versions of the offer."""

    model = TermsVersion

    def current(self, now: datetime) -> TermsVersion:
        """The version in force; raises NotFound when none was published."""
        terms = self.session.scalar(
            select(TermsVersion)
            .where(TermsVersion.published_at <= now)
            .order_by(TermsVersion.published_at.desc())
            .limit(1)
        )
        if terms is None:
            raise NotFound("terms")
        return terms

    def accept(self, customer_id: int, terms_version_id: int, now: datetime) -> None:
        """Store that the customer agreed; the first time counts."""
        self.session.execute(
            insert(TermsAcceptance)
            .values(customer_id=customer_id, terms_version_id=terms_version_id, accepted_at=now)
            .on_conflict_do_nothing(
                index_elements=[TermsAcceptance.customer_id, TermsAcceptance.terms_version_id]
            )
        )


class SellerRepository(Repository[Seller]):
    """Sellers."""

    model = Seller

    def current(self) -> Seller:
        """The seller of what is sold now: the one that was chosen, else the first; raises NotFound."""
        seller = self.session.scalar(select(Seller).order_by(Seller.sells.desc(), Seller.id).limit(1))
        if seller is None:
            raise NotFound("seller")
        return seller

    def selling(self) -> Sequence[Seller]:
        """The seller that was chosen, if any was."""
        return self.session.scalars(select(Seller).where(Seller.sells)).all()

    def series(self, seller_id: int) -> Sequence[DocumentSeries]:
        """The seller's own series."""
        return self.session.scalars(select(DocumentSeries).where(DocumentSeries.seller_id == seller_id)).all()
