"""A person's name in its parts, from however it was written."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from app.documents.exchange.elements import element
from app.documents.exchange.texts import Notes, clean

NO_FIRST_NAME = "-"
"""The format wants a first name of everybody; a dash says that there is none."""

_GLUED = re.compile(r"\.(?=[^\W\d_])")
_TITLE = re.compile(r"(?:ип|индивидуальный предприниматель)\s+(?=\S)", re.IGNORECASE)
_INITIAL = re.compile(r"[^\W\d_]\.")
_PATRONYMIC = re.compile(r"\w+(?:вич|ьич|мич|вна|чна|шна)", re.IGNORECASE)
_PART_LIMIT = 60


class PersonName(NamedTuple):
    """Surname, first name or its initial, patronymic and whatever follows it («Гусейн оглы»)."""

    surname: str
    first_name: str
    patronymic: str | None


def split_person_name(text: str) -> PersonName:
    """Take a name apart: «Иванов Иван Иванович», «Иванов И.И.», «И. И. Иванов», «Иван Иванович Иванов»."""
    words = _GLUED.sub(". ", _TITLE.sub("", text, count=1)).replace(",", " ").split() or [text]
    if _surname_last(words):
        words = [words[-1], *words[:-1]]
    surname, first_name, *others = [*words, NO_FIRST_NAME] if len(words) == 1 else words
    return PersonName(surname, first_name, " ".join(others) or None)


def _surname_last(words: list[str]) -> bool:
    if len(words) < 2:
        return False
    if _INITIAL.fullmatch(words[0]):
        return not _INITIAL.fullmatch(words[-1])
    patronymics = [bool(_PATRONYMIC.fullmatch(word)) for word in words]
    return patronymics == [False, True, False]


def write_person(parent: Any, name: str, notes: Notes, whose: str) -> None:
    """The name as ФИО; a part that is too long is cut there, and the whole name told as a note."""
    parts = split_person_name(clean(name))
    element(
        parent,
        "ФИО",
        Фамилия=notes.fitted(parts.surname, _PART_LIMIT, f"{whose}, фамилия"),
        Имя=notes.fitted(parts.first_name, _PART_LIMIT, f"{whose}, имя"),
        Отчество=parts.patronymic and notes.fitted(parts.patronymic, _PART_LIMIT, f"{whose}, отчество"),
    )
