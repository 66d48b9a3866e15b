"""Sums: the measured traps of Babel, and every sum readable back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.money import Money
from app.formatting.locale import Locale
from app.formatting.money import format_amount, format_count, format_money, format_rate

AMOUNTS = st.builds(Money, st.integers(-(10**14), 10**14), st.sampled_from(["RUB", "USD", "EUR"]))


@pytest.mark.parametrize(
    ("amount", "locale", "text"),
    [
        (Money(123450, "RUB"), "ru", "1\u00a0234,50\u00a0₽"),
        (Money(123450, "RUB"), "en", "1,234.50\u00a0₽"),
        (Money(123450, "USD"), "ru", "1\u00a0234,50\u00a0$"),
        (Money(123450, "USD"), "en", "$1,234.50"),
        (Money(123450, "EUR"), "ru", "1\u00a0234,50\u00a0€"),
        (Money(123450, "EUR"), "en", "€1,234.50"),
        (Money(0, "RUB"), "ru", "0,00\u00a0₽"),
        (Money(5, "RUB"), "en", "0.05\u00a0₽"),
        (Money(-123450, "RUB"), "ru", "-1\u00a0234,50\u00a0₽"),
        (Money(-123450, "USD"), "en", "-$1,234.50"),
    ],
)
def test_sums_read_as_people_write_them(amount: Money, locale: Locale, text: str) -> None:
    assert format_money(amount, locale) == text


def test_columns_have_no_currency_sign() -> None:
    assert format_amount(Money(100000000, "RUB"), "ru") == "1\u00a0000\u00a0000,00"
    assert format_amount(Money(100000000, "RUB"), "en") == "1,000,000.00"


@given(AMOUNTS, st.sampled_from(["ru", "en"]))
def test_no_space_in_a_sum_breaks_and_no_digit_is_lost(amount: Money, locale: Locale) -> None:
    text = format_money(amount, locale)
    assert " " not in text
    assert "\u202f" not in text
    decimal_mark = "," if locale == "ru" else "."
    plain = "".join(sign for sign in text if sign in "-0123456789" or sign == decimal_mark)
    assert Decimal(plain.replace(",", ".")) == amount.decimal


@pytest.mark.parametrize(
    ("basis_points", "locale", "text"),
    [
        (2200, "ru", "22\u00a0%"),
        (2200, "en", "22%"),
        (0, "ru", "0\u00a0%"),
        (1667, "ru", "16,67\u00a0%"),
        (750, "en", "7.5%"),
    ],
)
def test_rates_keep_their_fractions(basis_points: int, locale: Locale, text: str) -> None:
    assert format_rate(basis_points, locale) == text


def test_counts_set_their_thousands_apart() -> None:
    assert format_count(12500, "ru") == "12\u00a0500"
    assert format_count(12500, "en") == "12,500"
    assert format_count(1, "ru") == "1"
