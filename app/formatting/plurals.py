"""Words that go with a number."""

from collections.abc import Mapping
from typing import Final

from babel import Locale as BabelLocale

from app.formatting.locale import Locale

_PLACES: Final[Mapping[Locale, tuple[str, ...]]] = {"ru": ("one", "few", "many"), "en": ("one", "other")}


def plural_word(count: int, words: tuple[str, ...], locale: Locale) -> str:
    """The word that goes with the number, of («день», «дня», «дней») or of (`day`, `days`).

    Raises ValueError for another number of words than the language has forms.
    """
    places = _PLACES[locale]
    if len(words) != len(places):
        raise ValueError(f"{locale} has {len(places)} forms of a word, not {len(words)}")
    return words[places.index(BabelLocale.parse(locale).plural_form(count))]
