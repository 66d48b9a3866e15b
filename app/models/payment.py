"""Saved methods, attempts to charge, payments and the webhook inbox."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.money import Money
from app.billing.payment import AttemptState, EventSubject, SavedMethod
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.customer import Customer
from app.models.invoice import Invoice


class PaymentMethod(Base):
    """A method that the provider keeps; a deleted one is never charged again."""

    __tablename__ = "payment_method"
    __table_args__ = (
        UniqueConstraint("provider", "token"),
        Index("ix_payment_method_customer", "customer_id"),
        Index("ix_payment_method_fingerprint", "provider", "fingerprint"),
        Index("ix_payment_method_running_out", "valid_until", postgresql_where=text("deleted_at IS NULL")),
    )

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    provider: Mapped[str] = mapped_column(String(32))
    token: Mapped[str] = mapped_column(String(128))
    brand: Mapped[str] = mapped_column(String(32))
    last4: Mapped[str] = mapped_column(String(4))
    fingerprint: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[Instant]
    deleted_at: Mapped[Instant | None]
    valid_until: Mapped[date | None]
    """The last day on which the card may be charged, as its provider tells; NULL for what has none."""
    expiry_noticed_at: Mapped[Instant | None]
    """When its owner was last told that it runs out."""
    unusable_since: Mapped[Instant | None]
    """The provider says that it can't be charged any more."""
    preferred_at: Mapped[Instant | None]
    """When its customer made it the default. Without a default the newest method is it."""

    @classmethod
    def of(
        cls, saved: SavedMethod, *, customer_id: int, provider: str, created_at: datetime
    ) -> PaymentMethod:
        """The row of a method that its provider has saved."""
        return cls(
            customer_id=customer_id,
            provider=provider,
            token=saved.token,
            brand=saved.brand,
            last4=saved.last4,
            fingerprint=saved.fingerprint,
            valid_until=saved.valid_until,
            created_at=created_at,
        )

    @property
    def masked(self) -> str:
        """The method as people may see it."""
        return f"{self.brand} •••• {self.last4}"


class PaymentAttempt(Base):
    """One attempt to take the money of one invoice; its UUID is the provider's idempotency key."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("invoice_id", "ordinal"),
        Index(
            "uq_payment_attempt_in_doubt",
            "invoice_id",
            unique=True,
            postgresql_where=text("state IN ('started', 'unknown')"),
        ),
        Index(
            "ix_payment_attempt_unsettled",
            "started_at",
            postgresql_where=text("state IN ('started', 'unknown', 'awaiting_customer')"),
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("ordinal > 0", name="ordinal_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    ordinal: Mapped[int]
    provider: Mapped[str] = mapped_column(String(32))
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("payment_method.id"))
    state: Mapped[AttemptState] = mapped_column(enumeration(AttemptState, "state"))
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    reference: Mapped[str | None] = mapped_column(String(128))
    redirect_url: Mapped[str | None] = mapped_column(String(2000))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[Instant]
    settled_at: Mapped[Instant | None]
    hard_decline: Mapped[bool] = mapped_column(default=False)
    """The provider says that this method must not be charged again."""
    risk: Mapped[str | None] = mapped_column(String(32))
    """What the provider thinks of the risk, in its own word (H2)."""

    invoice: Mapped[Invoice] = relationship()
    payment_method: Mapped[PaymentMethod | None] = relationship()

    @property
    def amount(self) -> Money:
        """What was asked of the provider."""
        return Money(self.amount_minor, self.currency)


NAMES_NO_METHOD = "method_label NOT LIKE '%•%'"
"""Of a payment's label that is no masked method, but the name of what took the money."""


class Payment(Base):
    """Money that came in. `unallocated` is what did not pay the invoice and belongs to the customer."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("provider", "provider_reference"),
        UniqueConstraint("attempt_id"),
        Index("ix_payment_customer", "customer_id", "id"),
        Index("ix_payment_received", "received_at"),
        Index("ix_payment_without_method", "provider", postgresql_where=text(NAMES_NO_METHOD)),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("unallocated_minor BETWEEN 0 AND amount_minor", name="unallocated_range"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="never_refunded_twice"),
        CheckConstraint(
            "unallocated_refunded_minor BETWEEN 0 AND least(unallocated_minor, refunded_minor)",
            name="unallocated_refunded_range",
        ),
        Index(
            "uq_payment_pays_invoice",
            "invoice_id",
            unique=True,
            postgresql_where=text("unallocated_minor = 0 AND provider <> 'balance'"),
        ),
        Index("ix_payment_undocumented", "id", postgresql_where=text("documented_at IS NULL")),
    )

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_attempt.id"))
    """NULL for money that nobody charged: a bank transfer, the customer's own balance."""
    provider: Mapped[str] = mapped_column(String(32))
    provider_reference: Mapped[str] = mapped_column(String(128))
    method_label: Mapped[str] = mapped_column(String(64))
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    unallocated_minor: Mapped[Minor] = mapped_column(default=0)
    received_at: Mapped[Instant]
    refunded_minor: Mapped[Minor] = mapped_column(default=0)
    """What refunds that were approved, or made at the provider, take from it."""
    unallocated_refunded_minor: Mapped[Minor] = mapped_column(default=0)
    """The part of that which had paid nothing."""
    documented_at: Mapped[Instant | None]
    """When its receipt was issued, or it was found that none is due."""

    customer: Mapped[Customer] = relationship()
    invoice: Mapped[Invoice] = relationship()

    @property
    def amount(self) -> Money:
        """What came in."""
        return Money(self.amount_minor, self.currency)

    @property
    def unallocated(self) -> Money:
        """The part that paid nothing and belongs to the customer."""
        return Money(self.unallocated_minor, self.currency)

    @property
    def used(self) -> Money:
        """The part that paid its invoice."""
        return self.amount - self.unallocated

    @property
    def used_refunded(self) -> Money:
        """What went back of the part that paid its invoice."""
        return Money(self.refunded_minor - self.unallocated_refunded_minor, self.currency)


BALANCE_PROVIDER = "balance"
"""The "provider" of a payment that the customer's own balance made."""
BANK_PROVIDER = "bank"
"""The "provider" of a bank transfer."""


class WebhookState(StrEnum):
    """What became of a stored event."""

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"


class WebhookEvent(Base):
    """The inbox: a verified hint of a provider, stored once before anything else happens."""

    __tablename__ = "webhook_event"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[Identifier]
    provider: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[EventSubject] = mapped_column(enumeration(EventSubject, "event_subject"))
    attempt_id: Mapped[UUID | None]
    object_reference: Mapped[str | None] = mapped_column(String(128))
    """The provider's name for the refund, dispute or method that it speaks of."""
    state: Mapped[WebhookState] = mapped_column(enumeration(WebhookState, "state"))
    received_at: Mapped[Instant]
    processed_at: Mapped[Instant | None]
