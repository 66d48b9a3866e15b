"""A made-up stamp: drawn, not taken from anybody."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

SIDE = 480
INK = (28, 63, 148, 235)
RINGS = ((8, 10), (60, 4), (150, 3))
"""How far from the edge, and how thick, in pixels."""


def draw_stamp() -> bytes:
    """A round stamp with a star, as PNG on transparent ground."""
    picture = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    for inset, width in RINGS:
        pen.ellipse((inset, inset, SIDE - inset, SIDE - inset), outline=INK, width=width)
    middle = SIDE // 2
    pen.regular_polygon((middle, middle, 60), 5, rotation=0, fill=INK)
    for turn in range(24):
        spoke = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
        ImageDraw.Draw(spoke).rectangle((middle - 3, 26, middle + 3, 50), fill=INK)
        picture.alpha_composite(spoke.rotate(turn * 15))
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
