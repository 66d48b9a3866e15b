"""The vendored fonts are the files they say they are, with their licence, and have every sign we print."""

import hashlib

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no types

from app.documents.assets import FONTS


def test_the_files_match_their_checksums() -> None:
    lines = (FONTS / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    recorded = {name: digest for digest, name in (line.split() for line in lines)}
    assert set(recorded) == {"PTS55F.ttf", "PTS75F.ttf", "LICENSE.txt"}
    for name, digest in recorded.items():
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest


def test_the_fonts_have_the_signs_of_russian_documents() -> None:
    for path in FONTS.glob("*.ttf"):
        with TTFont(path) as font:
            assert {ord(sign) for sign in "ЁёЩщ№₽$€«»–—\u00a0"} <= set(font.getBestCmap())
