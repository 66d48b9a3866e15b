"""Promo codes and their use (B5)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.promotions import PromoDuration, PromoKind
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.catalogue import Connector

promo_code_connector = Table(
    "promo_code_connector",
    Base.metadata,
    Column("promo_code_id", ForeignKey("promo_code.id"), primary_key=True),
    Column("connector_id", ForeignKey("connector.id"), primary_key=True),
)


class PromoCode(Base):
    """A code that lowers a price by a percentage or an amount."""

    __tablename__ = "promo_code"
    __table_args__ = (
        CheckConstraint("code = upper(code) AND code <> ''", name="code_upper"),
        CheckConstraint(
            "(kind = 'percent' AND percent BETWEEN 1 AND 10000 AND amount_minor IS NULL AND currency IS NULL)"
            " OR (kind = 'amount' AND amount_minor > 0 AND currency IS NOT NULL AND percent IS NULL)",
            name="one_kind_of_discount",
        ),
        CheckConstraint("redemptions BETWEEN 0 AND max_redemptions", name="limit_kept"),
        CheckConstraint("redemptions >= 0", name="redemptions_not_negative"),
        CheckConstraint("valid_until > valid_from", name="ends_after_start"),
    )

    id: Mapped[Identifier]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[PromoKind] = mapped_column(enumeration(PromoKind, "promo_kind"))
    percent: Mapped[int | None]
    """Basis points."""
    amount_minor: Mapped[Minor | None]
    currency: Mapped[CurrencyCode | None]
    duration: Mapped[PromoDuration] = mapped_column(enumeration(PromoDuration, "promo_duration"))
    valid_from: Mapped[Instant]
    valid_until: Mapped[Instant | None]
    max_redemptions: Mapped[int | None]
    max_per_customer: Mapped[int | None]
    """NULL is without limit. No default: it would stand in for the NULL that was meant."""
    redemptions: Mapped[int] = mapped_column(default=0)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    """Only this customer may use it."""
    first_order_only: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]

    connectors: Mapped[list[Connector]] = relationship(secondary=promo_code_connector)
    """Only these are cheaper; none named: all."""

    def __str__(self) -> str:
        """The code, as lists show it."""
        return self.code


class PromoRedemption(Base):
    """A use of a code on an invoice; a void invoice gives it back."""

    __tablename__ = "promo_redemption"
    __table_args__ = (
        Index(
            "uq_promo_redemption_invoice",
            "promo_code_id",
            "invoice_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_promo_redemption_customer", "customer_id", "promo_code_id"),
    )

    id: Mapped[Identifier]
    promo_code_id: Mapped[int] = mapped_column(ForeignKey("promo_code.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    at: Mapped[Instant]
    released_at: Mapped[Instant | None]
