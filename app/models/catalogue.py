"""Connectors, their releases and prices, and the terms of the offer."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration


class ConnectorTier(StrEnum):
    """Only standard connectors are given in a trial (C1)."""

    STANDARD = "standard"
    PREMIUM = "premium"


class ConnectorStatus(StrEnum):
    """Whether the connector is sold."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ConnectorPricing(StrEnum):
    """What is paid for."""

    PERIOD = "period"
    OPERATION = "operation"


class Connector(Base):
    """A connector that customers subscribe to."""

    __tablename__ = "connector"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),)

    id: Mapped[Identifier]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description_ru: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(32))
    tier: Mapped[ConnectorTier] = mapped_column(enumeration(ConnectorTier, "connector_tier"))
    status: Mapped[ConnectorStatus] = mapped_column(enumeration(ConnectorStatus, "connector_status"))
    trial_eligible: Mapped[bool] = mapped_column(default=True)
    pricing: Mapped[ConnectorPricing] = mapped_column(
        enumeration(ConnectorPricing, "connector_pricing"), default=ConnectorPricing.PERIOD
    )
    version: Mapped[str] = mapped_column(String(32))
    documentation_url: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[Instant]

    releases: Mapped[list[ConnectorRelease]] = relationship(
        back_populates="connector", order_by="ConnectorRelease.released_on.desc()"
    )
    prices: Mapped[list[PriceVersion]] = relationship(back_populates="connector")

    def __str__(self) -> str:
        """The name, as lists show it."""
        return self.name


class ConnectorRelease(Base):
    """One entry of a connector's change log."""

    __tablename__ = "connector_release"
    __table_args__ = (UniqueConstraint("connector_id", "version"),)

    id: Mapped[Identifier]
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    version: Mapped[str] = mapped_column(String(32))
    released_on: Mapped[date]
    notes_ru: Mapped[str] = mapped_column(Text)
    notes_en: Mapped[str] = mapped_column(Text)

    connector: Mapped[Connector] = relationship(back_populates="releases")


class PriceVersion(Base):
    """The price of one period from an instant on; a change is a new row, never an update."""

    __tablename__ = "price_version"
    __table_args__ = (
        Index("ix_price_version_lookup", "connector_id", "interval", "currency", "valid_from", unique=True),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[Identifier]
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    interval: Mapped[BillingInterval] = mapped_column(enumeration(BillingInterval, "interval"))
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    valid_from: Mapped[Instant]

    connector: Mapped[Connector] = relationship(back_populates="prices")

    @property
    def amount(self) -> Money:
        """The price of one period, VAT inside."""
        return Money(self.amount_minor, self.currency)


class CataloguePublication(Base):
    """What a provider was last told of a connector; what differs from it is told anew (H2)."""

    __tablename__ = "catalogue_publication"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """Of everything that the provider shows of it."""
    published_at: Mapped[Instant]


class OperationPrice(Base):
    """The price of operations from an instant on (I1): so much for so many; a change is a new row."""

    __tablename__ = "operation_price"
    __table_args__ = (
        Index("ix_operation_price_lookup", "connector_id", "currency", "valid_from", unique=True),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("operations > 0", name="operations_positive"),
    )

    id: Mapped[Identifier]
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    operations: Mapped[int]
    """How many operations the amount buys."""
    valid_from: Mapped[Instant]

    @property
    def amount(self) -> Money:
        """The price of `operations` operations, VAT inside."""
        return Money(self.amount_minor, self.currency)


class TermsVersion(Base):
    """One version of the offer (оферта)."""

    __tablename__ = "terms_version"

    id: Mapped[Identifier]
    version: Mapped[str] = mapped_column(String(32), unique=True)
    published_at: Mapped[Instant]
    text_ru: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)


class TermsAcceptance(Base):
    """A customer agreed to a version (A5)."""

    __tablename__ = "terms_acceptance"
    __table_args__ = (UniqueConstraint("customer_id", "terms_version_id"),)

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    terms_version_id: Mapped[int] = mapped_column(ForeignKey("terms_version.id"))
    accepted_at: Mapped[Instant]
