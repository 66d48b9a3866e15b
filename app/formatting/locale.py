"""The two languages that texts are made in (requirements: Russian first, English second)."""

from typing import Literal

Locale = Literal["ru", "en"]

NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"


def with_printable_spaces(text: str) -> str:
    """Replace the narrow no-break space, which our fonts lack, by the ordinary no-break space."""
    return text.replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)
