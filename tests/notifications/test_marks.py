"""Filters of mail templates."""

from markupsafe import Markup

from app.notifications.marks import brief, paragraphs


def test_blank_lines_part_paragraphs_and_line_breaks_do_not() -> None:
    assert paragraphs("\nOne\ntwo\n\n  \nThree\u00a0₽ \n") == ["One two", "Three\u00a0₽"]
    assert paragraphs(" \n") == []


def test_escaped_paragraphs_stay_escaped() -> None:
    parts = paragraphs(Markup("&lt;a&gt;\n\n<b>x</b>"))
    assert parts == ["&lt;a&gt;", "<b>x</b>"]
    assert all(isinstance(part, Markup) for part in parts)
    assert not isinstance(paragraphs("<b>")[0], Markup)


def test_a_long_name_is_cut_for_a_subject() -> None:
    assert brief("a" * 40) == "a" * 40
    assert brief("a" * 41) == "a" * 39 + "…"
