"""Which characters of a foreign text may be printed."""

import unicodedata

from app.formatting.locale import NO_BREAK_SPACE


def printable_text(text: str) -> str:
    """The text in one line, without characters that have no shape of their own.

    Control characters, line breaks, odd spaces and unassigned code points become spaces; invisible marks
    (direction overrides, joiners, soft hyphens) vanish. One control character in a name would make
    the text of a whole PDF impossible to copy; a direction override would make it read wrong.
    """
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isprintable() or character == NO_BREAK_SPACE:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "
