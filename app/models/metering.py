"""Pay-as-you-go: operations that were allowed, counted per month (I1)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identifier, Instant


class UsageMonth(Base):
    """What a subscription used in a calendar month of the seller's zone; closed when it is invoiced."""

    __tablename__ = "usage_month"
    __table_args__ = (
        CheckConstraint("operations >= 0", name="operations_not_negative"),
        Index("ix_usage_month_open", "month", postgresql_where=text("closed_at IS NULL")),
    )

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    """The first day of the month."""
    operations: Mapped[int] = mapped_column(BigInteger, default=0)
    noticed_at: Mapped[Instant | None]
    """When the preliminary sum was told."""
    closed_at: Mapped[Instant | None]
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    """NULL after closing: nothing was used."""


class MeteredOperation(Base):
    """One allowed operation, written before the answer left."""

    __tablename__ = "metered_operation"
    __table_args__ = (
        Index(
            "ix_metered_operation_repeat",
            "subscription_id",
            "operation_id",
            "at",
            postgresql_where=text("operation_id IS NOT NULL"),
        ),
        Index("ix_metered_operation_month", "subscription_id", "month"),
    )

    id: Mapped[Identifier]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    month: Mapped[date]
    """The month on whose bill it stands."""
    at: Mapped[Instant]
    operation_id: Mapped[str | None] = mapped_column(String(128))
    """The connector's own id: the same one within 24 hours is the same operation."""
