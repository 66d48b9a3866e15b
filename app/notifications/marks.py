"""What mail templates may use besides plain Jinja: formatting filters and two marks, `strong` and `link`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.formatting.dates import format_date, format_instant, format_long_date, format_month, format_period
from app.formatting.money import format_count, format_money, format_rate
from app.formatting.plurals import plural_word

BRIEF: Final = 40
"""Characters of a name in a subject; the whole name stands in the mail."""


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which blank lines part; line breaks inside a paragraph mean nothing.

    Escaped text stays marked as escaped, and no-break spaces stay.
    """
    mark = Markup if isinstance(text, Markup) else str
    parts = (re.sub(r"[ \n]+", " ", part).strip(" ") for part in re.split(r"\n\s*\n", text))
    return [mark(part) for part in parts if part]


def brief(name: str) -> str:
    """The name, cut for a subject."""
    return name if len(name) <= BRIEF else name[: BRIEF - 1].rstrip() + "…"


def _localized(write: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def apply(context: Context, value: Any, *words: str) -> str:
        return write(value, *words, context["language"])

    return apply


def _period(days: Sequence[date], language: Any) -> str:
    first, last = days
    return format_period(first, last, language)


def _plural(count: int, *words_and_language: Any) -> str:
    *words, language = words_and_language
    return plural_word(count, tuple(words), language)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "money": _localized(format_money),
    "date": _localized(format_date),
    "long_date": _localized(format_long_date),
    "instant": _localized(format_instant),
    "month": _localized(format_month),
    "period": _localized(_period),
    "count": _localized(format_count),
    "plural": _localized(_plural),
    "percent": _localized(format_rate),
    "paragraphs": paragraphs,
    "brief": brief,
}


def _html_strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def _html_link(text: str, url: str) -> Markup:
    return Markup('<a class="link" href="{}">{}</a>').format(url, text)


def _text_strong(text: str) -> str:
    return text


def _text_link(text: str, url: str) -> str:
    return f"{text} ({url})"


HTML_MARKS: Final[Mapping[str, Callable[..., Markup]]] = {"strong": _html_strong, "link": _html_link}
TEXT_MARKS: Final[Mapping[str, Callable[..., str]]] = {"strong": _text_strong, "link": _text_link}
