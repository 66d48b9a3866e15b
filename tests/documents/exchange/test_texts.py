"""Texts as the format takes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.billing.documents.files import ExchangeFileInvalid
from app.documents.exchange.texts import Notes, clean, length, pieces, requisite
from tests.documents.exchange.cases import BUYERS, COMPANY, document, parsed, write
from tests.documents.strategies import texts


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("990 ₽/мес", "990 руб./мес"),
        ("990₽", "990 руб."),
        ("‟a″ ′b′ ‑ −5 × 2 →", "\"a\" 'b' - -5 x 2 ->"),
        ("и\u0306е\u0308", "йё"),
        ("a\u00a0\u202f b\t\r\nc", "a b c"),
        ("\x00\x07a\u200b\u202e\ufeffb\ufffe", "ab"),
        (" «Ёлка» № 5 — € … ", "«Ёлка» № 5 — € …"),
        ("Müller 日本 😀", "Müller 日本 😀"),
        ("\x00\u200b ", ""),
    ],
)
def test_signs_are_said_in_windows_1251_and_letters_stay(written: str, read: str) -> None:
    assert clean(written) == read


def test_letters_that_windows_1251_lacks_are_read_back() -> None:
    name = "Müller & 日本 😀 «Ёлка»"
    content = write(document("act", buyer=replace(COMPANY, name=name))).content
    assert b"M&#252;ller &amp; &#26085;&#26412; &#128512;" in content
    content.decode("cp1251")
    assert etree.fromstring(content).xpath("string(//СвПокуп//@НаимОрг)") == name


@given(texts(3000), st.integers(60, 2000))
def test_pieces_fit_and_hold_all(text: str, limit: int) -> None:
    text = clean(text)
    found = list(pieces(text, limit))
    assert all(0 < length(piece) <= limit for piece in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_what_is_above_the_basic_plane_counts_twice() -> None:
    assert length("a😀") == 3
    assert list(pieces("😀😀😀", 5)) == ["😀😀", "😀"]


def test_a_text_that_fits_is_no_note_and_a_longer_one_is_told_whole() -> None:
    notes = Notes()
    assert notes.fitted("раз два", 7, "Текст") == "раз два"
    assert not notes.entries
    assert notes.fitted("раз два три", 8, "Текст") == "раз два…"
    assert notes.fitted("раз два три", 8, "Текст") == "раз два…"
    assert list(notes.entries) == [("Текст, полностью", "раз два три")]
    with pytest.raises(ExchangeFileInvalid, match="Текст"):
        notes.fitted("\x00", 8, "Текст")


def test_a_requisite_stands_whole_or_is_refused() -> None:
    assert requisite(" 12 ", "@Номер", limit=2) == "12"
    for value in (None, "", "123"):
        with pytest.raises(ExchangeFileInvalid, match="@Номер"):
            requisite(value, "@Номер", limit=2)


def test_no_name_is_longer_than_the_format_allows() -> None:
    long = "Ж" * 3000
    for buyer in BUYERS.values():
        root = parsed(document("act", buyer=replace(buyer, name=long, address=long)))
        names = [len(each.get("Идентиф")) for each in root.iter("ТекстИнф")]
        assert names
        assert max(names) <= 50
