"""Sums in words: declension, kopecks, and the digits that must survive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.money import Money
from app.formatting.locale import Locale
from app.formatting.words import amount_in_words


@pytest.mark.parametrize(
    ("amount", "locale", "text"),
    [
        (Money(123405, "RUB"), "ru", "Одна тысяча двести тридцать четыре рубля 05 копеек"),
        (Money(1, "RUB"), "ru", "Ноль рублей 01 копейка"),
        (Money(100, "RUB"), "ru", "Один рубль 00 копеек"),
        (Money(1100, "RUB"), "ru", "Одиннадцать рублей 00 копеек"),
        (Money(2121, "RUB"), "ru", "Двадцать один рубль 21 копейка"),
        (Money(11212, "RUB"), "ru", "Сто двенадцать рублей 12 копеек"),
        (Money(200000000000, "RUB"), "ru", "Два миллиарда рублей 00 копеек"),
        (Money(123405, "USD"), "ru", "Одна тысяча двести тридцать четыре доллара 05 центов"),
        (Money(2100, "EUR"), "ru", "Двадцать один евро 00 центов"),
        (
            Money(123405, "USD"),
            "en",
            "One thousand, two hundred and thirty-four dollars and 05 cents",
        ),
        (Money(100, "EUR"), "en", "One euro and 00 cents"),
    ],
)
def test_sums_in_words(amount: Money, locale: Locale, text: str) -> None:
    assert amount_in_words(amount, locale) == text


def test_a_whole_number_of_roubles_is_never_read_as_kopecks() -> None:
    assert amount_in_words(Money(123400, "RUB"), "ru") == "Одна тысяча двести тридцать четыре рубля 00 копеек"


def test_a_negative_sum_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        amount_in_words(Money(-1, "RUB"), "ru")


def roubles(count: int) -> str:
    if count % 100 in range(11, 15):
        return "рублей"
    return {1: "рубль", 2: "рубля", 3: "рубля", 4: "рубля"}.get(count % 10, "рублей")


@given(st.integers(0, 10**13))
def test_the_noun_and_the_kopecks_agree_with_the_sum(minor: int) -> None:
    text = amount_in_words(Money(minor, "RUB"), "ru")
    words, kopecks, _ = text.rsplit(" ", 2)
    assert kopecks == f"{minor % 100:02}"
    assert words.endswith(f" {roubles(minor // 100)}")
    assert text[0].isupper()


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=20, unique=True))
def test_different_sums_have_different_words(minors: list[int]) -> None:
    assert len({amount_in_words(Money(minor, "RUB"), "ru") for minor in minors}) == len(minors)
