"""Words that go with a number."""

import pytest

from app.formatting.locale import Locale
from app.formatting.plurals import plural_word

DAYS = ("день", "дня", "дней")


@pytest.mark.parametrize(
    ("count", "word"),
    [
        (0, "дней"),
        (1, "день"),
        (2, "дня"),
        (5, "дней"),
        (11, "дней"),
        (12, "дней"),
        (21, "день"),
        (104, "дня"),
    ],
)
def test_russian_words(count: int, word: str) -> None:
    assert plural_word(count, DAYS, "ru") == word


@pytest.mark.parametrize(("count", "word"), [(0, "days"), (1, "day"), (2, "days"), (21, "days")])
def test_english_words(count: int, word: str) -> None:
    assert plural_word(count, ("day", "days"), "en") == word


@pytest.mark.parametrize(("words", "locale"), [(("day", "days"), "ru"), (DAYS, "en")])
def test_a_word_has_as_many_forms_as_its_language(words: tuple[str, ...], locale: Locale) -> None:
    with pytest.raises(ValueError, match="forms"):
        plural_word(1, words, locale)
