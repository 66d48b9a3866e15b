"""Writes mails: one text per kind and language, laid out as HTML and as plain text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.billing.mail import MAIL_LANGUAGES, Mail, MailData, MailKind
from app.billing.mail_data import MAIL_DATA
from app.notifications.marks import FILTERS, HTML_MARKS, TEXT_MARKS

TEMPLATES: Final = Path(__file__).parent / "templates"

LONGEST_SUBJECT: Final = 120
"""Characters; what is longer is cut, since mail programs show about half of it anyway."""

HTML_LAYOUT: Final = "layout.html.jinja"
TEXT_LAYOUT: Final = "layout.txt.jinja"
SUBJECT_LAYOUT: Final = "layout.subject.jinja"


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - off only for plain text, which must not be escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update(FILTERS)
    environment.globals.update(HTML_MARKS if autoescape else TEXT_MARKS)
    return environment


# The same file is read twice: with escaping for HTML, without it for plain text and the subject.
_HTML = _environment(autoescape=True)
_TEXT = _environment(autoescape=False)

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def render(kind: MailKind, language: str, recipient: str, data: MailData, message_id: str) -> Mail:
    """The mail of this kind in this language; the same arguments always give the same mail.

    The subject is one line of at most 120 characters. Whatever customers typed is escaped in HTML and
    loses line breaks and control characters everywhere. Raises ValueError for data of another kind
    or a language that mails are not written in.
    """
    if type(data) is not MAIL_DATA[kind]:
        raise ValueError(f"{type(data).__name__} is not the data of the mail {kind}")
    if language not in MAIL_LANGUAGES:
        raise ValueError(f"mails are not written in {language!r}")
    name = f"{language}/{kind}.jinja"
    tidy = tidied(data)
    values = {"language": language, **{field.name: getattr(tidy, field.name) for field in fields(tidy)}}
    return Mail(
        message_id=message_id,
        recipient=recipient,
        subject=_as_subject(_TEXT.get_template(name).render(values, layout=SUBJECT_LAYOUT)),
        html=_INLINER.inline(_HTML.get_template(name).render(values, layout=HTML_LAYOUT)),
        text=_TEXT.get_template(name).render(values, layout=TEXT_LAYOUT),
        language=language,
    )


def _as_subject(text: str) -> str:
    # No-break spaces go too: inside an encoded header they only make trouble. And a name that looks like an
    # encoded word must not be decoded into something else on the way (fault A7).
    subject = " ".join(text.split()).replace("=?", "= ?")
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1].rstrip() + "…"


def tidied(value: Any) -> Any:
    """The value with every text in it on one line and without control characters, however deep."""
    if isinstance(value, str):
        return " ".join("".join(c for c in value if c.isprintable() or c.isspace()).split())
    if isinstance(value, tuple):
        return tuple(tidied(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: tidied(getattr(value, field.name)) for field in fields(value)})
    return value
