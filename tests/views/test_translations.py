"""The back-office speaks Russian: every text of it has a translation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

APP = Path(__file__).parent.parent.parent / "app"
CATALOGUES = [APP / part / "translations/ru/LC_MESSAGES/messages.po" for part in ("views", "templates")]
SAME_IN_RUSSIAN = {"E-mail", "SHA-256", "ИНН", "КПП", "ОГРН", "БИК", "OK"}


def translated() -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file, locale="ru"):
                identity = message.id if isinstance(message.id, str) else message.id[0]
                whole = message.string if isinstance(message.string, str) else "".join(message.string or ())
                if not message.fuzzy:
                    texts[identity] = whole
    return texts


@cache
def used() -> frozenset[str]:
    methods = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(APP / "views", methods, keywords=keywords)
    return frozenset(
        message if isinstance(message, str) else message[0] for _file, _line, message, *_rest in found
    )


def test_every_text_has_its_russian() -> None:
    texts = translated()
    assert sorted(text for text in used() if not texts.get(text)) == []


def test_the_russian_is_russian() -> None:
    texts = translated()
    assert sorted(text for text in used() - SAME_IN_RUSSIAN if texts[text] == text) == []


def test_no_translation_is_left_over() -> None:
    with CATALOGUES[0].open("rb") as file:
        ours = [message for message in read_po(file, locale="ru") if message.id]
    idle = [
        message.id
        for message in ours
        if message.id not in used() and message.auto_comments != ["Flask-AppBuilder"]
    ]
    assert idle == []
