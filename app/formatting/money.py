"""Sums and rates as people read them."""

from decimal import Decimal

from babel.numbers import format_currency, format_decimal, format_percent

from app.billing.money import Money
from app.billing.tax import BASIS_POINTS
from app.formatting.locale import NO_BREAK_SPACE, Locale, with_printable_spaces

_AMOUNT_PATTERN = "#,##0.00"


def format_money(amount: Money, locale: Locale) -> str:
    """The sum with its currency sign: «1 234,50 ₽», `1,234.50 ₽`, `$1,234.50`; spaces never break."""
    if locale == "en" and amount.currency == "RUB":
        # Babel would write RUB1,234.50.
        return f"{format_amount(amount, locale)}{NO_BREAK_SPACE}₽"
    return with_printable_spaces(format_currency(amount.decimal, amount.currency, locale=locale))


def format_amount(amount: Money, locale: Locale) -> str:
    """The sum without a currency sign, for columns: «1 234,50», `1,234.50`."""
    return with_printable_spaces(format_decimal(amount.decimal, _AMOUNT_PATTERN, locale=locale))


def format_count(count: int, locale: Locale) -> str:
    """A whole number with its thousands set apart: «1 000», `1,000`."""
    return with_printable_spaces(format_decimal(count, locale=locale))


def format_rate(basis_points: int, locale: Locale) -> str:
    """A rate in basis points as percent: 2200 is «22 %» in Russian, `22%` in English."""
    rate = Decimal(basis_points) / BASIS_POINTS
    return with_printable_spaces(format_percent(rate, locale=locale, decimal_quantization=False))
