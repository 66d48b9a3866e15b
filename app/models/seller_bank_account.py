"""Further bank accounts of the seller, beside the one that stands on documents (design §2.7)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, CurrencyCode, Identifier
from app.models.seller import Seller


class SellerBankAccount(Base):
    """An account whose statements are the seller's too. The main account in roubles stands in `seller`."""

    __tablename__ = "seller_bank_account"
    __table_args__ = (
        UniqueConstraint("account"),
        Index("ix_seller_bank_account_seller_id", "seller_id"),
        Index(
            "uq_seller_bank_account_main",
            "seller_id",
            "currency",
            unique=True,
            postgresql_where=text("is_main"),
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("account ~ '^[0-9A-Z]{5,34}$'", name="account_form"),
        CheckConstraint("NOT (is_main AND currency = 'RUB')", name="main_in_roubles_is_the_sellers"),
    )

    id: Mapped[Identifier]
    seller_id: Mapped[int] = mapped_column(ForeignKey("seller.id"))
    currency: Mapped[CurrencyCode]
    account: Mapped[str] = mapped_column(String(34))
    """As statements name it: twenty digits, or an IBAN."""
    bank_name: Mapped[str] = mapped_column(String(200))
    bank_bik: Mapped[str] = mapped_column(String(11))
    """The БИК of a Russian bank, else the SWIFT code."""
    is_main: Mapped[bool] = mapped_column(default=False)
    """The one for its currency that customers are told of."""

    seller: Mapped[Seller] = relationship()

    def __str__(self) -> str:
        """The account, as lists show it."""
        return self.account
