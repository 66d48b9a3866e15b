"""The colour profile of PDF/A: what red, green and blue mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

NAME = "--srgb"
"""What WeasyPrint is told that the output is meant for."""


@dataclass(slots=True)
class ColourProfile:
    """An ICC profile as WeasyPrint uses one, its bytes as they stand in the file.

    WeasyPrint's own class lets Little CMS write them anew, with the second of writing among them: the same
    document would come out as another file.
    """

    name: str
    content: bytes
    components: tuple[str, ...]
    pdf_reference: Any = None
    """Set by WeasyPrint for each document."""


@cache
def srgb() -> ColourProfile:
    """The profile that comes with WeasyPrint."""
    content = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
    return ColourProfile("sRGB2014", content, ("r", "g", "b"))
