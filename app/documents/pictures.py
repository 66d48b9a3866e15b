"""Stamps and logos: decoded, made small, written anew. Nothing of the uploaded bytes is kept.

Whatever else an uploaded file is at the same time (a script, an archive, a page), it is none any more.
"""

from io import BytesIO

from PIL import Image, ImageFile, UnidentifiedImageError

from app.billing.errors import InvalidInput

LARGEST_FILE = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
"""Of the upload: decoded it costs four bytes a pixel."""
LONGEST_SIDE = 1_000
"""Of the result: a stamp of 4 cm at 600 dots an inch."""
FORMATS = ("PNG", "JPEG", "WEBP")
"""No SVG: that is a document with scripts and addresses, not a picture."""


def encode_picture(content: bytes) -> bytes:
    """The picture as a PNG of at most LONGEST_SIDE, without any data beside its pixels.

    Raises InvalidInput: PICTURE_TOO_LARGE for more bytes or pixels than allowed, PICTURE_UNREADABLE for what
    is no PNG, JPEG or WebP.
    """
    if len(content) > LARGEST_FILE:
        raise InvalidInput("too many bytes", code="PICTURE_TOO_LARGE")
    # WeasyPrint, wherever it is imported, lets Pillow take half a picture; an upload must be whole.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            _refuse_bomb(opened)
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise InvalidInput(type(error).__name__, code="PICTURE_UNREADABLE") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    pixels = Image.frombytes("RGBA", picture.size, picture.tobytes())  # leaves all notes behind
    written = BytesIO()
    pixels.save(written, "PNG", optimize=True)
    return written.getvalue()


def _refuse_bomb(opened: Image.Image) -> None:
    """Look at the size that the header tells, before a single pixel is decoded."""
    width, height = opened.size
    if width * height > MOST_PIXELS:
        raise InvalidInput("too many pixels", code="PICTURE_TOO_LARGE")
