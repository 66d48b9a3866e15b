"""Fiscal receipts: what a register is to be told, and what became of it (54-ФЗ)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.money import Money
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.customer import Customer, Payer


class FiscalReceiptKind(StrEnum):
    """What settlement a receipt is of."""

    PAYMENT = "payment"
    """Money came."""
    SERVICE = "service"
    """Prepaid service was given in a calendar month."""
    REFUND = "refund"
    """Money went back."""


class FiscalReceiptState(StrEnum):
    """How far a receipt has come."""

    PROMISED = "promised"
    REGISTERED = "registered"
    FAILED = "failed"


class FiscalReceiptRow(Base):
    """A receipt that a register is told of; what it says never changes (a trigger refuses it)."""

    __tablename__ = "fiscal_receipt"
    __table_args__ = (
        Index(
            "uq_fiscal_receipt_payment", "payment_id", unique=True, postgresql_where=text("kind = 'payment'")
        ),
        Index("uq_fiscal_receipt_refund", "refund_id", unique=True, postgresql_where=text("kind = 'refund'")),
        Index("ix_fiscal_receipt_customer", "customer_id", "id"),
        Index("ix_fiscal_receipt_open", "due_on", postgresql_where=text("state <> 'registered'")),
        CheckConstraint("total_minor > 0", name="total_positive"),
        CheckConstraint("(kind <> 'service') = (payment_id IS NOT NULL)", name="of_a_payment"),
        CheckConstraint("(kind = 'refund') = (refund_id IS NOT NULL)", name="of_a_refund"),
        CheckConstraint(
            "(state = 'registered') = (registered_at IS NOT NULL)", name="registered_at_with_state"
        ),
        CheckConstraint("(state = 'failed') = (failure_code IS NOT NULL)", name="failed_with_code"),
    )

    id: Mapped[Identifier]
    external_id: Mapped[UUID] = mapped_column(unique=True)
    """The receipt's name at the register: sent again under it, it is the same receipt."""
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"))
    kind: Mapped[FiscalReceiptKind] = mapped_column(enumeration(FiscalReceiptKind, "kind"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    """The payment; of a refund the one that is given back."""
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))
    currency: Mapped[CurrencyCode]
    total_minor: Mapped[Minor]
    settled_on: Mapped[date]
    """The day of the money; of service its last day on the receipt."""
    due_on: Mapped[date]
    """The last day that the law gives."""
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[FiscalReceiptState] = mapped_column(enumeration(FiscalReceiptState, "state"))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    reference: Mapped[str | None] = mapped_column(String(128))
    """The register's name for it."""
    created_at: Mapped[Instant]
    registered_at: Mapped[Instant | None]

    customer: Mapped[Customer] = relationship()
    payer: Mapped[Payer] = relationship()

    @property
    def total(self) -> Money:
        """What the receipt is over."""
        return Money(self.total_minor, self.currency)


class FiscalReceiptMonth(Base):
    """A service month whose prepayment a receipt offsets: each once."""

    __tablename__ = "fiscal_receipt_month"

    service_month_id: Mapped[int] = mapped_column(ForeignKey("service_month.id"), primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("fiscal_receipt.id"), index=True)
