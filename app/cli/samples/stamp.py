"""A made-up stamp, as a seller would upload one."""

from __future__ import annotations

import io
from hashlib import sha256

from PIL import Image, ImageDraw, ImageFont

from app.documents.assets import FONTS

_SIDE = 480
_INK = (53, 80, 200, 190)


def stamp() -> bytes:
    """A round blue stamp with «ОБРАЗЕЦ» in it, as a PNG that one can see through."""
    picture = Image.new("RGBA", (_SIDE, _SIDE), (255, 255, 255, 0))
    drawing = ImageDraw.Draw(picture)
    for margin, width in ((8, 9), (30, 3), (120, 3)):
        drawing.ellipse((margin, margin, _SIDE - margin, _SIDE - margin), outline=_INK, width=width)
    for text, size, height in (("БПМ Центр", 44, 84), ("ОБРАЗЕЦ", 52, 240), ("г. Москва", 44, 396)):
        font = ImageFont.truetype(str(FONTS / "PTS75F.ttf"), size)
        drawing.text((_SIDE / 2, height), text, fill=_INK, font=font, anchor="mm")
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def name_of(picture: bytes) -> str:
    """What documents name a picture by."""
    return sha256(picture).hexdigest()
