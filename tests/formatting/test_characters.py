"""Texts of strangers: what can't be printed goes, everything else stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formatting.characters import printable_text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("ООО «Ёлка» № 7 – 5\u00a0₽ 😀", "ООО «Ёлка» № 7 – 5\u00a0₽ 😀"),
        ("строка\r\nещё", "строка  ещё"),
        ("нуль\x00звонок\x07", "нуль звонок "),
        ("узкий\u202fи\u2028разрыв", "узкий и разрыв"),
        ("\u202eоборот\u202c мяг\u00adкий", "оборот мягкий"),
        ("\ud800 \uffff", "   "),
    ],
)
def test_what_becomes_of_characters_without_a_shape(text: str, printed: str) -> None:
    assert printable_text(text) == printed


@given(st.text(st.characters()))
def test_the_result_can_be_printed_and_encoded(text: str) -> None:
    result = printable_text(text)
    assert result.replace("\u00a0", " ").isprintable()
    assert printable_text(result) == result
    result.encode("utf-8")
