"""Sums in words, as documents print them."""

from num2words import num2words

from app.billing.money import Money
from app.formatting.locale import Locale

_BEFORE_MINOR_UNITS = {"ru": "", "en": " and"}


def amount_in_words(amount: Money, locale: Locale) -> str:
    """The sum with major units in words: «Одна тысяча двести тридцать четыре рубля 05 копеек».

    Minor units stay digits, always two. Raises ValueError for a negative sum: no document prints one.
    """
    if amount < Money.zero(amount.currency):
        raise ValueError("a negative sum is not written in words")
    # num2words reads a whole number as kopecks, so it must only ever get a Decimal with two places.
    words: str = num2words(
        amount.decimal,
        lang=locale,
        to="currency",
        currency=amount.currency,
        cents=False,
        separator=_BEFORE_MINOR_UNITS[locale],
    )
    return words[0].upper() + words[1:]
