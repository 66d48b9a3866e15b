"""What providers tell beside payments: disputes, and how far their events have been read."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.disputes import DisputeDebt
from app.billing.money import Money
from app.billing.provider import DisputeState
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.customer import Customer
from app.models.payment import Payment


class Dispute(Base):
    """A bank asks a payment back for its customer; as the provider has last reported it (H2, H3)."""

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        Index("ix_dispute_customer", "customer_id", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("lost_minor BETWEEN 0 AND amount_minor", name="lost_range"),
        CheckConstraint("state = 'lost' OR lost_minor = 0", name="only_a_lost_one_costs"),
        CheckConstraint(
            "paid_minor >= 0 AND written_off_minor >= 0 AND paid_minor + written_off_minor <= lost_minor",
            name="no_more_settled_than_lost",
        ),
    )

    id: Mapped[Identifier]
    provider: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(128))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    lost_minor: Mapped[Minor] = mapped_column(default=0)
    """What was booked as taken from us."""
    paid_minor: Mapped[Minor] = mapped_column(default=0)
    """What of it the customer's balance has paid."""
    written_off_minor: Mapped[Minor] = mapped_column(default=0)
    """What of it we have given up."""
    state: Mapped[DisputeState] = mapped_column(enumeration(DisputeState, "dispute_state"))
    reason: Mapped[str] = mapped_column(String(64))
    """The provider's code."""
    evidence_due_at: Mapped[Instant | None]
    opened_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]

    customer: Mapped[Customer] = relationship()
    payment: Mapped[Payment] = relationship()

    @property
    def amount(self) -> Money:
        """What is asked back."""
        return Money(self.amount_minor, self.currency)

    @property
    def lost(self) -> Money:
        """What was booked as taken from us."""
        return Money(self.lost_minor, self.currency)

    @property
    def debt(self) -> DisputeDebt:
        """What the customer owes for it."""
        paid, written_off = (
            Money(self.paid_minor, self.currency),
            Money(self.written_off_minor, self.currency),
        )
        return DisputeDebt(self.lost, paid, written_off)

    @property
    def owed(self) -> Money:
        """What is left of the debt."""
        return self.debt.left


class ProviderCursor(Base):
    """How far the events of a provider have been read; all instants are real time."""

    __tablename__ = "provider_cursor"
    __table_args__ = (CheckConstraint("found >= 0", name="found_not_negative"),)

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen_until: Mapped[Instant]
    """Everything that happened before is known."""
    asked_at: Mapped[Instant]
    """When it was last asked, answered or not."""
    found: Mapped[int]
    """How many events the last answer held that no webhook had brought."""
