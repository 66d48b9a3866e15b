"""Texts as the vendored fonts can draw them.

Anything else would be drawn by whatever fonts a machine happens to have: the same document would give other
bytes there, and a sign that no font has may not stand in PDF/A at all.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no types

from app.documents.assets import FONTS
from app.formatting.characters import printable_text

SUBSTITUTE = "◊"
"""Printed for a sign that the fonts lack, such as an emoji or a hieroglyph."""


def drawable_text(text: str) -> str:
    """The text in one line, composed, with a lozenge for each sign that our fonts lack.

    Marks that sit on letters and have no drawing of their own vanish.
    """
    printable = printable_text(unicodedata.normalize("NFC", text))
    if printable.isascii() or _drawable().issuperset(printable):
        return printable
    return "".join(map(_drawn, printable))


def _drawn(character: str) -> str:
    if character in _drawable():
        return character
    return "" if unicodedata.category(character).startswith("M") else SUBSTITUTE


@cache
def _drawable() -> frozenset[str]:
    """What all of our fonts have."""
    tables = []
    for path in FONTS.glob("*.ttf"):
        with TTFont(path, lazy=True) as font:
            tables.append({chr(code) for code in font.getBestCmap()})
    return frozenset(set.intersection(*tables))
