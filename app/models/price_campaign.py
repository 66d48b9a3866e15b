"""Price changes: a campaign and the proof of every notice (G5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.price_campaign import Audience, CampaignStatus, PlannedPrice
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.catalogue import Connector


class PriceCampaign(Base):
    """A planned change of one connector's price, for new subscriptions and, after notice, for renewals."""

    __tablename__ = "price_campaign"
    __table_args__ = (
        CheckConstraint("old_amount_minor > 0 AND new_amount_minor > 0", name="amounts_positive"),
        CheckConstraint("(status = 'launched') = (launched_at IS NOT NULL)", name="launched_at_with_status"),
    )

    id: Mapped[Identifier]
    name: Mapped[str] = mapped_column(String(200))
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    interval: Mapped[BillingInterval] = mapped_column(enumeration(BillingInterval, "interval"))
    currency: Mapped[CurrencyCode]
    old_amount_minor: Mapped[Minor]
    new_amount_minor: Mapped[Minor]
    new_price_version_id: Mapped[int | None] = mapped_column(ForeignKey("price_version.id"))
    """Made at the launch."""
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Who of the subscribers is meant, as `billing.price_campaign.Audience` writes it."""
    announcement_ru: Mapped[str] = mapped_column(Text)
    announcement_en: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[Instant]
    """From when new subscriptions pay the new price; the launch moves it out of the past."""
    status: Mapped[CampaignStatus] = mapped_column(enumeration(CampaignStatus, "campaign_status"))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Instant]
    launched_by: Mapped[str | None] = mapped_column(String(100))
    launched_at: Mapped[Instant | None]
    everyone_told_at: Mapped[Instant | None]
    """When the last look found nobody left to tell."""

    connector: Mapped[Connector] = relationship()

    @property
    def old_amount(self) -> Money:
        """The price before."""
        return Money(self.old_amount_minor, self.currency)

    @property
    def new_amount(self) -> Money:
        """The price after."""
        return Money(self.new_amount_minor, self.currency)

    @property
    def planned(self) -> PlannedPrice:
        """The new price, as the rules take it."""
        return PlannedPrice(self.new_amount, self.interval, self.valid_from)

    def meant(self) -> Audience:
        """Who of the subscribers is meant."""
        return Audience.from_json(self.audience)


class PriceNotice(Base):
    """The proof that a customer was told of a new price, and from when it applies to the subscription."""

    __tablename__ = "price_notice"
    __table_args__ = (
        UniqueConstraint("campaign_id", "subscription_id"),
        Index("ix_price_notice_subscription", "subscription_id", "applies_from"),
        CheckConstraint("applies_from > noticed_at", name="applies_later"),
    )

    id: Mapped[Identifier]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("price_campaign.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    old_price_version_id: Mapped[int] = mapped_column(ForeignKey("price_version.id"))
    new_price_version_id: Mapped[int] = mapped_column(ForeignKey("price_version.id"))
    noticed_at: Mapped[Instant]
    applies_from: Mapped[Instant]
    """Renewals from this instant on pay the new price."""
