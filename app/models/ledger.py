"""The ledger, what is still owed in service, and what customers have to their credit (K1)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.money import Money
from app.models.base import Base, CurrencyCode, Identifier, Instant, Minor, enumeration

ACCOUNT_NAME = "^[a-z_]+(:[a-z_]+)?$"


class LedgerEntry(Base):
    """One movement from the credited to the debited account: balanced by its shape, append-only."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_booked_on", "seller_id", "currency", "booked_on"),
        Index("ix_ledger_entry_customer", "customer_id", "id"),
        Index("ix_ledger_entry_payment", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
        Index("ix_ledger_entry_refund", "refund_id", postgresql_where=text("refund_id IS NOT NULL")),
        Index(
            "uq_ledger_entry_service_month",
            "service_month_id",
            "kind",
            "refund_id",
            unique=True,
            postgresql_where=text("service_month_id IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        CheckConstraint(f"debit ~ '{ACCOUNT_NAME}' AND credit ~ '{ACCOUNT_NAME}'", name="account_names"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(40))
    debit: Mapped[str] = mapped_column(String(40))
    credit: Mapped[str] = mapped_column(String(40))
    currency: Mapped[CurrencyCode]
    amount_minor: Mapped[Minor]
    at: Mapped[Instant]
    """When it was written."""
    booked_on: Mapped[date]
    """The date that it belongs to in the books; revenue and VAT: the last day of the service month."""
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    service_month_id: Mapped[int | None] = mapped_column(ForeignKey("service_month.id"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refund.id"))

    @property
    def amount(self) -> Money:
        """What moved."""
        return Money(self.amount_minor, self.currency)


class ServiceMonth(Base):
    """A month of a paid line: revenue and VAT are fixed when its last day has come (design §3)."""

    __tablename__ = "service_month"
    __table_args__ = (
        UniqueConstraint("invoice_line_id", "ordinal"),
        Index("ix_service_month_due", "last_day", postgresql_where=text("recognised_at IS NULL")),
        Index("ix_service_month_customer", "customer_id", "last_day"),
        Index(
            "ix_service_month_undocumented",
            "last_day",
            "id",
            postgresql_where=text("documented_at IS NULL AND recognised_at IS NOT NULL"),
        ),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("refunded_minor BETWEEN 0 AND gross_minor", name="refunded_range"),
        CheckConstraint("advance_vat_minor BETWEEN 0 AND gross_minor", name="advance_vat_range"),
        CheckConstraint("(recognised_at IS NULL) = (vat_minor IS NULL)", name="vat_with_service"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    invoice_line_id: Mapped[int] = mapped_column(ForeignKey("invoice_line.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    ordinal: Mapped[int]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    last_day: Mapped[date]
    """The local day that revenue, VAT and the act are dated by."""
    currency: Mapped[CurrencyCode]
    gross_minor: Mapped[Minor]
    """This month's part of the paid line."""
    advance_vat_minor: Mapped[Minor]
    """This month's part of the VAT that was due on the prepayment."""
    refunded_minor: Mapped[Minor] = mapped_column(default=0)
    refunded_advance_vat_minor: Mapped[Minor] = mapped_column(default=0)
    recognised_at: Mapped[Instant | None]
    vat_rate: Mapped[int | None]
    """Basis points at the last day; NULL is «Без НДС», or not given yet."""
    vat_minor: Mapped[Minor | None]
    documented_at: Mapped[Instant | None]
    """When its documents were issued, or it was found that none is due."""

    @property
    def gross(self) -> Money:
        """What this month costs after refunds."""
        return Money(self.gross_minor - self.refunded_minor, self.currency)

    @property
    def advance_vat(self) -> Money:
        """The VAT on the prepayment of this month, after refunds."""
        return Money(self.advance_vat_minor - self.refunded_advance_vat_minor, self.currency)


class CreditKind(StrEnum):
    """Whose money a credit is."""

    BALANCE = "balance"
    """The customer's own money: pays invoices, can be refunded."""
    GOODWILL = "goodwill"
    """Ours: a discount when it is used, never money."""


class CustomerCredit(Base):
    """What a customer has to their credit; the ledger says the same and an invariant compares."""

    __tablename__ = "customer_credit"
    __table_args__ = (CheckConstraint("amount_minor >= 0", name="never_overdrawn"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    kind: Mapped[CreditKind] = mapped_column(enumeration(CreditKind, "credit_kind"), primary_key=True)
    amount_minor: Mapped[Minor] = mapped_column(default=0)
