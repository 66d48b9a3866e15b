"""Texts and requisites as the format takes them: one line, readable in windows-1251, not too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.billing.documents.files import ExchangeFileInvalid
from app.formatting.characters import printable_text

NOTE_LIMIT = 2000
"""The longest ТекстИнф/@Значен."""

_READABLE = str.maketrans(
    {
        "₽": " руб.",
        **dict.fromkeys("‟❝❞〝〞″＂", '"'),
        **dict.fromkeys("‛′ʼʹ＇", "'"),
        **dict.fromkeys("‐‑−﹣－", "-"),
        **dict.fromkeys("‒", "–"),
        **dict.fromkeys("―⸺", "—"),
        **dict.fromkeys("×✕", "x"),
        "→": "->",
    }
)
"""Signs that windows-1251 lacks and that can be said with those it has. Letters are never changed: those
that it lacks (the ü of a foreign name) become numeric character references, which XML parsers read back."""


def clean(text: str) -> str:
    """The text in one line without invisible characters, signs said in windows-1251 where they can be."""
    printable = printable_text(unicodedata.normalize("NFC", text))
    return " ".join(printable.translate(_READABLE).split())


def length(text: str) -> int:
    """Characters as the strictest of validators counts them: those above U+FFFF are two in Java and .NET."""
    return len(text.encode("utf-16-le")) // 2


def requisite(value: str | None, place: str, *, limit: int, shape: re.Pattern[str] | None = None) -> str:
    """What must stand as it is; raises ExchangeFileInvalid, which names the place, for what can't."""
    text = clean(value or "")
    if not text:
        raise ExchangeFileInvalid(f"{place}: nothing to write there")
    if length(text) > limit:
        raise ExchangeFileInvalid(f"{place}: longer than {limit} characters")
    if shape is not None and not shape.fullmatch(text):
        raise ExchangeFileInvalid(f"{place}: not of the shape that the format asks for")
    return text


def optional_requisite(
    value: str | None, place: str, *, limit: int, shape: re.Pattern[str] | None = None
) -> str | None:
    """The same of one that a party need not have."""
    return requisite(value, place, limit=limit, shape=shape) if clean(value or "") else None


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces that fit, parted at spaces where there are any."""
    while length(text) > limit:
        head = _head(text, limit)
        yield head
        text = text[len(head) :].lstrip()
    if text:
        yield text


def _head(text: str, limit: int) -> str:
    head = text[:limit]
    while (excess := length(head) - limit) > 0:
        head = head[: -((excess + 1) // 2)]  # one character is two at most
    space = text.rfind(" ", len(head) // 2, len(head) + 1)
    return head[:space] if space > 0 else head


@dataclass
class Notes:
    """What has no place of its own in the form: names of up to 50 characters and texts, each pair once."""

    entries: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, name: str, text: str) -> None:
        """Tell the text under the name."""
        self.entries[name, clean(text)] = None

    def fitted(self, text: str, limit: int, place: str) -> str:
        """The text; one that is longer than the limit is cut at a word there, and told whole as a note.

        Raises ExchangeFileInvalid when there is no text.
        """
        whole = clean(text)
        if not whole:
            raise ExchangeFileInvalid(f"{place}: nothing to write there")
        if length(whole) <= limit:
            return whole
        self.add(f"{place}, полностью", whole)
        return next(pieces(whole, limit - 1)) + "…"
