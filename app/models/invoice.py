"""Invoices and their lines."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.invoice import InvoiceStatus, PaymentMethodKind, invoice_number
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration
from app.models.customer import Customer, Payer
from app.models.seller import Seller
from app.models.subscription import Subscription


class Invoice(Base):
    """What a customer owes and by when. The amounts and the number never change after issue."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("seller_id", "series", "year", "number"),
        UniqueConstraint("cart_id"),
        Index("ix_invoice_customer", "customer_id", "id"),
        Index("ix_invoice_open_due", "due_on", postgresql_where=text("status = 'open'")),
        CheckConstraint("total_minor >= 0 AND vat_minor >= 0 AND vat_minor <= total_minor", name="amounts"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_at_with_status"),
        CheckConstraint("(status = 'void') = (voided_at IS NOT NULL)", name="voided_at_with_status"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"), index=True)
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("cart.id"))
    series: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    number: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[InvoiceStatus] = mapped_column(enumeration(InvoiceStatus, "status"))
    method: Mapped[PaymentMethodKind] = mapped_column(enumeration(PaymentMethodKind, "method"))
    currency: Mapped[CurrencyCode]
    total_minor: Mapped[Minor]
    vat_minor: Mapped[Minor]
    issued_on: Mapped[date]
    issued_at: Mapped[Instant]
    due_on: Mapped[date]
    paid_at: Mapped[Instant | None]
    voided_at: Mapped[Instant | None]
    first_failed_at: Mapped[Instant | None]
    next_attempt_at: Mapped[Instant | None]

    seller: Mapped[Seller] = relationship()
    customer: Mapped[Customer] = relationship()
    payer: Mapped[Payer] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(back_populates="invoice", order_by="InvoiceLine.position")

    @property
    def full_number(self) -> str:
        """The number as people read it."""
        return invoice_number(self.series, self.year, self.number)

    @property
    def total(self) -> Money:
        """The sum to pay, VAT inside."""
        return Money(self.total_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The VAT inside the sum: the sum over the lines."""
        return Money(self.vat_minor, self.currency)

    def __str__(self) -> str:
        """The number, as lists show it."""
        return self.full_number


class InvoiceLine(Base):
    """One paid period of one subscription."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint("total_minor >= 0 AND vat_minor >= 0 AND vat_minor <= total_minor", name="amounts"),
        CheckConstraint("vat_rate BETWEEN 0 AND 10000", name="vat_rate"),
    )

    id: Mapped[Identifier]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    position: Mapped[int]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    price_version_id: Mapped[int] = mapped_column(ForeignKey("price_version.id"))
    description: Mapped[str] = mapped_column(String(500))
    interval: Mapped[BillingInterval] = mapped_column(enumeration(BillingInterval, "interval"))
    currency: Mapped[CurrencyCode]
    total_minor: Mapped[Minor]
    vat_rate: Mapped[int | None]
    """Basis points; NULL is «Без НДС»."""
    vat_minor: Mapped[Minor]

    invoice: Mapped[Invoice] = relationship(back_populates="lines")
    subscription: Mapped[Subscription] = relationship()

    @property
    def total(self) -> Money:
        """The price of the line, VAT inside."""
        return Money(self.total_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The VAT inside the price."""
        return Money(self.vat_minor, self.currency)
