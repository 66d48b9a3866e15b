"""Customers, their payers, their sessions and one-time links."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, CurrencyCode, Identifier, Instant, enumeration


class CustomerStatus(StrEnum):
    """Whether the account works."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    BLOCKED = "blocked"


class PayerKind(StrEnum):
    """Who pays; decides which details are asked for and printed."""

    INDIVIDUAL = "individual"
    SOLE_TRADER = "sole_trader"
    COMPANY = "company"
    FOREIGN_COMPANY = "foreign_company"
    FOREIGN_INDIVIDUAL = "foreign_individual"


class Customer(Base):
    """Somebody who registered in the portal. Never a staff user."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("uq_customer_email_lower", text("lower(email)"), unique=True),
        Index("ix_customer_parked", "id", postgresql_where=text("billing_parked_at IS NOT NULL")),
        CheckConstraint("language IN ('ru', 'en')", name="language"),
        CheckConstraint(
            "(billing_parked_at IS NULL) = (billing_parked_reason IS NULL)", name="parked_with_reason"
        ),
    )

    id: Mapped[Identifier]
    email: Mapped[str] = mapped_column(String(254))
    canonical_email: Mapped[str] = mapped_column(String(254), index=True)
    """The form under which a second trial is recognised."""
    password_hash: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(32))
    country: Mapped[str] = mapped_column(String(2), default="RU")
    currency: Mapped[CurrencyCode] = mapped_column(default="RUB")
    language: Mapped[str] = mapped_column(String(2), default="ru")
    status: Mapped[CustomerStatus] = mapped_column(enumeration(CustomerStatus, "customer_status"))
    created_at: Mapped[Instant]
    activated_at: Mapped[Instant | None]
    trial_started_at: Mapped[Instant | None]
    """When the one trial of this customer began."""
    billing_parked_at: Mapped[Instant | None]
    """Since when nothing is invoiced or charged because something about it is wrong; access stays."""
    billing_parked_reason: Mapped[str | None] = mapped_column(String(200))

    payers: Mapped[list[Payer]] = relationship(back_populates="customer", order_by="Payer.id")

    def __str__(self) -> str:
        """The address, as lists show it."""
        return self.email


class Payer(Base):
    """Who stands as the buyer on documents; the details are copied at issue."""

    __tablename__ = "payer"

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[PayerKind] = mapped_column(enumeration(PayerKind, "payer_kind"))
    name: Mapped[str] = mapped_column(String(300))
    country: Mapped[str] = mapped_column(String(2))
    address: Mapped[str | None] = mapped_column(String(500))
    inn: Mapped[str | None] = mapped_column(String(12), index=True)
    kpp: Mapped[str | None] = mapped_column(String(9))
    ogrn: Mapped[str | None] = mapped_column(String(15))
    bank_bik: Mapped[str | None] = mapped_column(String(9))
    bank_account: Mapped[str | None] = mapped_column(String(20))
    exchange_id: Mapped[str | None] = mapped_column(String(46))
    """The participant's id in electronic document exchange."""
    created_at: Mapped[Instant]

    customer: Mapped[Customer] = relationship(back_populates="payers")

    def __str__(self) -> str:
        """The name, as lists show it."""
        return self.name


class CustomerSession(Base):
    """A login in the portal; only the hash of the cookie's token is stored, so it can be revoked."""

    __tablename__ = "customer_session"

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


class OneTimeToken(Base):
    """The right behind a link in a mail; the link carries the signed id, no secret is stored."""

    __tablename__ = "one_time_token"

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
