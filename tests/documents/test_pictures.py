"""Stamps and logos are written anew: nothing of an upload but its pixels is kept."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from app.billing.errors import InvalidInput
from app.documents.pictures import LARGEST_FILE, LONGEST_SIDE, encode_picture


def picture(file_format: str = "PNG", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    written = BytesIO()
    mode = "RGB" if file_format in ("JPEG", "BMP", "GIF") else "RGBA"
    Image.new(mode, size, "navy").save(written, file_format, **options)
    return written.getvalue()


def code_of(content: bytes) -> str:
    with pytest.raises(InvalidInput) as refusal:
        encode_picture(content)
    return refusal.value.code


def outcome(content: bytes) -> str:
    """The code of the refusal, or how the picture came out."""
    try:
        made = encode_picture(content)
    except InvalidInput as refusal:
        return refusal.code
    return "small" if made.startswith(b"\x89PNG") and len(made) < 20_000 else "large"


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_pictures_become_png(file_format: str) -> None:
    with Image.open(BytesIO(encode_picture(picture(file_format)))) as made:
        assert (made.format, made.size, made.mode) == ("PNG", (40, 20), "RGBA")


def test_a_transparent_picture_stays_transparent() -> None:
    written = BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(written, "PNG")
    with Image.open(BytesIO(encode_picture(written.getvalue()))) as made:
        assert made.getpixel((0, 0)) == (0, 0, 0, 0)


def test_a_large_picture_becomes_small() -> None:
    with Image.open(BytesIO(encode_picture(picture(size=(3000, 1500))))) as made:
        assert made.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert encode_picture(picture()) == encode_picture(picture())


def test_notes_and_what_follows_the_picture_are_left_behind() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    polyglot = picture(pnginfo=notes) + b"PK\x03\x04<html><script>alert(1)</script>"
    made = encode_picture(polyglot)
    assert b"script" not in made
    assert b"PK\x03\x04" not in made
    assert made.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"%PDF-1.7",
        b"GIF89a<script>alert(1)</script>",
        picture("GIF"),
        picture("BMP"),
        picture()[:60],
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    ],
)
def test_what_is_no_picture_of_ours_is_refused(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    assert code_of(content) == "PICTURE_UNREADABLE"


def chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)


@pytest.mark.parametrize("side", [5_000, 20_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused_by_its_header(side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert len(bomb) < 20_000
    assert code_of(bomb) in {"PICTURE_TOO_LARGE", "PICTURE_UNREADABLE"}


def test_a_bomb_in_a_note_is_refused_or_left_behind() -> None:
    note = b"Comment\x00\x00\x00\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    good = picture()
    bomb = good[:33] + chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + note[12:]) + good[33:]
    assert outcome(bomb) in {"PICTURE_UNREADABLE", "small"}


def test_too_many_bytes_are_refused_unread() -> None:
    assert code_of(picture() + bytes(LARGEST_FILE)) == "PICTURE_TOO_LARGE"


@given(st.binary(max_size=300), st.integers(0, 200))
def test_broken_pictures_are_refused_in_our_own_words(noise: bytes, place: int) -> None:
    whole = picture()
    broken = whole[:place] + noise + whole[place + len(noise) :]
    assert outcome(broken) in {"PICTURE_TOO_LARGE", "PICTURE_UNREADABLE", "small"}
