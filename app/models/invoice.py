"""Invoices and their lines."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.invoice import InvoicePurpose, InvoiceStatus, PaymentMethodKind, invoice_number
from app.billing.money import Money
from app.billing.periods import BillingInterval, Period
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
        Index(
            "ix_invoice_next_attempt",
            "next_attempt_at",
            postgresql_where=text("status = 'open' AND next_attempt_at IS NOT NULL"),
        ),
        Index(
            "ix_invoice_undocumented",
            "id",
            postgresql_where=text("documented_at IS NULL AND (status = 'paid' OR purpose = 'usage')"),
        ),
        CheckConstraint("balance_minor BETWEEN 0 AND total_minor", name="balance_range"),
        CheckConstraint("goodwill_minor >= 0", name="goodwill_not_negative"),
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
    """When the next retry or reminder is due (G4)."""
    purpose: Mapped[InvoicePurpose] = mapped_column(
        enumeration(InvoicePurpose, "purpose"), default=InvoicePurpose.ORDER
    )
    balance_minor: Mapped[Minor] = mapped_column(default=0)
    """Reserved of the customer's balance; a payment once the invoice is paid, it changes no line."""
    goodwill_minor: Mapped[Minor] = mapped_column(default=0)
    """Reserved of the customer's goodwill; it is inside the discounts of the lines."""
    promo_code_id: Mapped[int | None] = mapped_column(ForeignKey("promo_code.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    """The void invoice that this one was issued for again, with the lines that remained."""
    documented_at: Mapped[Instant | None]
    """When documents of its prepayment or its usage were issued, or it was found that none is due."""

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
    def due(self) -> Money:
        """What is still to be paid after the customer's balance."""
        return Money(self.total_minor - self.balance_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The VAT inside the sum: the sum over the lines."""
        return Money(self.vat_minor, self.currency)

    def __str__(self) -> str:
        """The number, as lists show it."""
        return self.full_number


class InvoiceLine(Base):
    """One period, or the operations of one month, of one subscription."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint("total_minor >= 0 AND vat_minor >= 0 AND vat_minor <= total_minor", name="amounts"),
        CheckConstraint("vat_rate BETWEEN 0 AND 10000", name="vat_rate"),
        CheckConstraint("price_minor - discount_minor = total_minor", name="price_less_discount"),
        CheckConstraint("discount_minor >= 0", name="discount_not_negative"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("period_end > period_start", name="ends_after_start"),
        CheckConstraint("(period_start IS NULL) = (period_end IS NULL)", name="period_whole"),
        CheckConstraint(
            "(price_version_id IS NULL) <> (operation_price_id IS NULL)", name="one_kind_of_price"
        ),
        Index(
            "uq_invoice_line_period",
            "subscription_id",
            "period_start",
            unique=True,
            postgresql_where=text("period_start IS NOT NULL AND released_at IS NULL"),
        ),
    )

    id: Mapped[Identifier]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    position: Mapped[int]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    price_version_id: Mapped[int | None] = mapped_column(ForeignKey("price_version.id"))
    operation_price_id: Mapped[int | None] = mapped_column(ForeignKey("operation_price.id"))
    description: Mapped[str] = mapped_column(String(500))
    interval: Mapped[BillingInterval] = mapped_column(enumeration(BillingInterval, "interval"))
    currency: Mapped[CurrencyCode]
    total_minor: Mapped[Minor]
    vat_rate: Mapped[int | None]
    """Basis points; NULL is «Без НДС»."""
    vat_minor: Mapped[Minor]
    quantity: Mapped[int] = mapped_column(BigInteger, default=1)
    """1 period, or the number of operations."""
    price_minor: Mapped[Minor]
    """Before discounts."""
    discount_minor: Mapped[Minor] = mapped_column(default=0)
    """What promo codes and goodwill take off."""
    period_start: Mapped[Instant | None]
    """The period that the line pays; a first purchase gets its own only when the money comes."""
    period_end: Mapped[Instant | None]
    released_at: Mapped[Instant | None]
    """The invoice became void, or its money could not start the line: the period may be invoiced again."""

    invoice: Mapped[Invoice] = relationship(back_populates="lines")
    subscription: Mapped[Subscription] = relationship()

    @property
    def period(self) -> Period | None:
        """The period that the line pays, if it is known before the money comes."""
        if self.period_start is None or self.period_end is None:
            return None
        return Period(self.period_start, self.period_end)

    @property
    def price(self) -> Money:
        """The price before discounts, VAT inside."""
        return Money(self.price_minor, self.currency)

    @property
    def total(self) -> Money:
        """The price of the line after discounts, VAT inside."""
        return Money(self.total_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The VAT inside the price."""
        return Money(self.vat_minor, self.currency)
