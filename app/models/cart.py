"""The cart: what a customer is about to buy."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.periods import BillingInterval
from app.models.base import Base, Identifier, Instant, enumeration
from app.models.catalogue import Connector


class Cart(Base):
    """A customer has at most one open cart; an invoice closes it for good (unique cart on invoice)."""

    __tablename__ = "cart"
    __table_args__ = (
        Index("uq_cart_open", "customer_id", unique=True, postgresql_where=text("checked_out_at IS NULL")),
    )

    id: Mapped[Identifier]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    created_at: Mapped[Instant]
    checked_out_at: Mapped[Instant | None]
    promo_code_id: Mapped[int | None] = mapped_column(ForeignKey("promo_code.id"))

    lines: Mapped[list[CartLine]] = relationship(
        back_populates="cart", order_by="CartLine.id", cascade="all, delete-orphan"
    )


class CartLine(Base):
    """One wanted subscription: a connector, a period and, if named, a Make account."""

    __tablename__ = "cart_line"
    __table_args__ = (CheckConstraint("make_account <> ''", name="make_account_not_empty"),)

    id: Mapped[Identifier]
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id"), index=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    interval: Mapped[BillingInterval] = mapped_column(enumeration(BillingInterval, "interval"))
    make_account: Mapped[str | None] = mapped_column(String(128))

    cart: Mapped[Cart] = relationship(back_populates="lines")
    connector: Mapped[Connector] = relationship()
