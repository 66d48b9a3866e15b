"""Texts as our fonts can draw them."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no types
from hypothesis import given
from hypothesis import strategies as st

from app.documents.assets import FONTS
from app.documents.glyphs import SUBSTITUTE, drawable_text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("990\u00a0₽", "990\u00a0₽"),
        ("Łódź, Müller, Қазақстан", "Łódź, Müller, Қазақстан"),
        ("и\u0306 и е\u0308", "й и ё"),
        ("😀 日本", f"{SUBSTITUTE} {SUBSTITUTE * 2}"),
        ("а\u20dd", "а"),
        ("нуль\x00 строка\n\u202eслева", "нуль  строка слева"),
    ],
)
def test_what_the_fonts_lack_is_replaced(text: str, drawn: str) -> None:
    assert drawable_text(text) == drawn


@given(st.text())
def test_nothing_is_left_that_a_font_lacks(text: str) -> None:
    drawn = drawable_text(text)
    assert "\n" not in drawn
    for path in FONTS.glob("*.ttf"):
        with TTFont(path, lazy=True) as font:
            assert {ord(sign) for sign in drawn if sign.isprintable()} <= set(font.getBestCmap())
