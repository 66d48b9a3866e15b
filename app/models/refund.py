"""Refunds and compensation: asked for, decided, carried out (H7)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.compensation import CompensationKind, CompensationStatus
from app.billing.money import Money
from app.billing.refunds import RefundSource, RefundStatus
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.customer import Customer
from app.models.payment import Payment
from app.models.subscription import Subscription

OPEN = "status IN ('requested', 'approved', 'sending')"


class Refund(Base):
    """Money of one paid line that goes back to where it came from.

    One that was made at the provider may be of money that paid nothing: then it has no line. One of several
    lines is a row for each of them, with the provider's one name.
    """

    __tablename__ = "refund"
    __table_args__ = (
        Index("ix_refund_customer", "customer_id", "id"),
        UniqueConstraint("order_id"),
        Index("ix_refund_open", "status", postgresql_where=text(OPEN)),
        Index(
            "ix_refund_undocumented",
            "id",
            postgresql_where=text("documented_at IS NULL AND status = 'sent'"),
        ),
        Index("ix_refund_look", "next_look_at", postgresql_where=text("status = 'sending'")),
        Index(
            "uq_refund_open_line",
            "invoice_line_id",
            unique=True,
            postgresql_where=text(OPEN),
        ),
        Index(
            "uq_refund_made_at_provider",
            "payment_id",
            "provider_reference",
            text("coalesce(invoice_line_id, 0)"),
            unique=True,
            postgresql_where=text("source = 'made_at_provider'"),
        ),
        CheckConstraint(
            "source <> 'made_at_provider' OR provider_reference IS NOT NULL", name="made_has_name"
        ),
        CheckConstraint("(invoice_line_id IS NULL) = (subscription_id IS NULL)", name="line_of_subscription"),
        CheckConstraint("source = 'made_at_provider' OR invoice_line_id IS NOT NULL", name="ours_has_line"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("to_method_minor BETWEEN 0 AND amount_minor", name="to_method_range"),
        CheckConstraint("status <> 'sending' OR order_id IS NOT NULL", name="sending_by_an_order"),
        CheckConstraint("status <> 'sending' OR next_look_at IS NOT NULL", name="sending_is_looked_at"),
        CheckConstraint("through IS NULL OR order_id IS NULL", name="one_way"),
        CheckConstraint("prepaid_minor >= 0 AND service_minor >= 0", name="parts_not_negative"),
        CheckConstraint("prepaid_minor + service_minor IN (0, amount_minor)", name="parts_make_the_whole"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    invoice_line_id: Mapped[int | None] = mapped_column(ForeignKey("invoice_line.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscription.id"), index=True)
    source: Mapped[RefundSource] = mapped_column(
        enumeration(RefundSource, "refund_source"), default=RefundSource.REQUESTED
    )
    status: Mapped[RefundStatus] = mapped_column(enumeration(RefundStatus, "refund_status"))
    decision_code: Mapped[str | None] = mapped_column(String(64))
    """What the policy said when it was asked; NULL when nobody asked it."""
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    prepaid_minor: Mapped[Minor] = mapped_column(default=0)
    """The part that gives back service not given yet; known from the approval on."""
    service_minor: Mapped[Minor] = mapped_column(default=0)
    """The part that lowers the price of service given already."""
    to_method_minor: Mapped[Minor] = mapped_column(default=0)
    """The part that returns to the method that paid, the rest to the balance; known from the approval on."""
    reason: Mapped[str] = mapped_column(String(500))
    requested_by: Mapped[str] = mapped_column(String(100))
    requested_at: Mapped[Instant]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[Instant | None]
    sent_at: Mapped[Instant | None]
    provider_reference: Mapped[str | None] = mapped_column(String(128))
    order_id: Mapped[UUID | None]
    """The idempotency key at the provider: the same until a definite failure, then another one. NULL when the
    refund leaves another way."""
    sending_since: Mapped[Instant | None]
    """When the provider was first asked under this key, in real time."""
    next_look_at: Mapped[Instant | None]
    """When the provider is asked how it stands, in real time."""
    failure_code: Mapped[str | None] = mapped_column(String(64))
    documented_at: Mapped[Instant | None]
    """When the receipt of the money that went back was issued, or it was found that none is due."""
    through: Mapped[str | None] = mapped_column(String(32))
    """Whose money it leaves from, where it does not leave the way the payment came."""
    payment_order_at: Mapped[Instant | None]
    """When a payment order for it was first made: from then on the money may leave by that."""

    customer: Mapped[Customer] = relationship()
    payment: Mapped[Payment] = relationship()
    subscription: Mapped[Subscription | None] = relationship()

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money(self.amount_minor, self.currency)

    @property
    def leaves_from(self) -> str:
        """The provider whose money it is that goes back."""
        return self.through or self.payment.provider

    @property
    def to_method(self) -> Money:
        """What returns to the method that paid."""
        return Money(self.to_method_minor, self.currency)


class Compensation(Base):
    """Something given for trouble: extra days, goodwill, a discount; with a reason and an approver."""

    __tablename__ = "compensation"
    __table_args__ = (
        Index("ix_compensation_customer", "customer_id", "id"),
        CheckConstraint("days > 0", name="days_positive"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("percent BETWEEN 1 AND 10000", name="percent_range"),
        CheckConstraint("num_nonnulls(days, amount_minor, percent) = 1", name="one_thing"),
    )

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscription.id"))
    kind: Mapped[CompensationKind] = mapped_column(enumeration(CompensationKind, "compensation_kind"))
    status: Mapped[CompensationStatus] = mapped_column(enumeration(CompensationStatus, "compensation_status"))
    days: Mapped[int | None]
    currency: Mapped[CurrencyCode | None]
    amount_minor: Mapped[Minor | None]
    percent: Mapped[int | None]
    """Basis points off the next period."""
    reason: Mapped[str] = mapped_column(String(500))
    requested_by: Mapped[str] = mapped_column(String(100))
    requested_at: Mapped[Instant]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[Instant | None]
    promo_code_id: Mapped[int | None] = mapped_column(ForeignKey("promo_code.id"))
    """The personal code that carries a discount."""

    customer: Mapped[Customer] = relationship()
    subscription: Mapped[Subscription | None] = relationship()
