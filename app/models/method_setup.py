"""Pages on which customers add payment methods."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.method_setup import SetupState
from app.models.base import Base, Instant, enumeration


class MethodSetup(Base):
    """One page on which a customer adds a method without paying; its UUID is the idempotency key (H6)."""

    __tablename__ = "method_setup"
    __table_args__ = (
        Index("ix_method_setup_customer", "customer_id"),
        Index(
            "ix_method_setup_open",
            "started_at",
            postgresql_where=text("state IN ('started', 'awaiting_customer')"),
        ),
        CheckConstraint("(state = 'saved') = (payment_method_id IS NOT NULL)", name="saved_has_method"),
        CheckConstraint("(state IN ('saved', 'failed')) = (finished_at IS NOT NULL)", name="end_has_instant"),
        CheckConstraint("payment_method_id <> replaces_id", name="replaces_another"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    provider: Mapped[str] = mapped_column(String(32))
    state: Mapped[SetupState] = mapped_column(enumeration(SetupState, "state"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("payment_method.id"))
    """The method that the new one takes over from."""
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("payment_method.id"))
    redirect_url: Mapped[str | None] = mapped_column(String(2000))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[Instant]
    """Real time: providers know nothing of a moved clock."""
    finished_at: Mapped[Instant | None]
