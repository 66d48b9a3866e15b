"""A file on its way through a page: shown what it would do, it comes back with the form that confirms it."""

from __future__ import annotations

import base64
import binascii
import zlib

from app.billing.errors import InvalidInput

LONGEST_CONTENT = 2 * 1024 * 1024
"""Less than a statement may have that a folder or `bpm bank-import` brings: a page takes no larger request
than this, whatever it is for, and the file goes to the browser and back with the form that confirms it."""
LONGEST_PACKED = 400_000
"""What a form field may hold; statements pack to a tenth."""


def packed(content: bytes) -> str:
    """The file as a form field. Raises InvalidInput (STATEMENT_TOO_LARGE)."""
    text = base64.b64encode(zlib.compress(content, 9)).decode()
    if len(text) > LONGEST_PACKED or len(content) > LONGEST_CONTENT:
        raise InvalidInput("the file does not fit a form", code="STATEMENT_TOO_LARGE")
    return text


def unpacked(text: str) -> bytes:
    """The file again, never more than it may be. Raises InvalidInput (UPLOAD_EXPIRED) for anything else."""
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(base64.b64decode(text, validate=True), LONGEST_CONTENT)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InvalidInput("the form holds no file", code="UPLOAD_EXPIRED") from error
    if not content or not reader.eof:
        raise InvalidInput("the form holds no whole file", code="UPLOAD_EXPIRED")
    return content
