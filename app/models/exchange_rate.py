"""Official exchange rates, as the Bank of Russia published them (J4). Rows never change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.exchange_rates import ExchangeRate
from app.models.base import Base, CurrencyCode, Identifier, Instant


class ExchangeRateRow(Base):
    """The rate of one currency that came into force on one day."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        UniqueConstraint("currency", "published_on"),
        CheckConstraint("nominal > 0 AND value > 0", name="positive"),
        CheckConstraint("currency <> 'RUB'", name="foreign"),
    )

    id: Mapped[Identifier]
    currency: Mapped[CurrencyCode]
    published_on: Mapped[date]
    nominal: Mapped[int]
    """For how many units the value is."""
    value: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    """In roubles."""
    imported_at: Mapped[Instant]
    imported_by: Mapped[str] = mapped_column(String(100))

    @property
    def rate(self) -> ExchangeRate:
        """As the rules take it."""
        return ExchangeRate(self.currency, self.published_on, self.nominal, self.value)


class ExchangeRateDay(Base):
    """The Bank's word of a day: the rates in force on it were published on that day or an earlier one."""

    __tablename__ = "exchange_rate_day"
    __table_args__ = (CheckConstraint("published_on BETWEEN day - 14 AND day", name="force_is_bounded"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    published_on: Mapped[date]
    imported_at: Mapped[Instant]
