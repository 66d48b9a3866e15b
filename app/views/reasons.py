"""A page that asks for a reason before something is done, and does it only when the form is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.billing.api_key import without_keys
from app.billing.errors import BillingError
from app.views.sentences import sentence_of

LONGEST_REASON = 500


def _cleaned(text: str | None) -> str | None:
    return None if text is None else without_keys(text.strip())


class ReasonForm(FlaskForm):
    """Why it is done; stands in the audit for good, so an API key never gets in."""

    reason = TextAreaField(
        _("Reason"),
        description=_("Stands in the audit for good. No passwords or keys."),
        filters=[_cleaned],
        validators=[DataRequired(), Length(max=LONGEST_REASON)],
        render_kw={"rows": 3, "maxlength": LONGEST_REASON},
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before it is done: the deed, its object and its effect in words."""

    title: Any
    effect: Any
    button: Any
    done: Any
    back: str
    facts: Sequence[tuple[Any, Any]] = ()
    """What one has to know to decide: names with values that are shown by their type."""


def ask_and_do(question: Question, deed: Callable[[str], None]) -> Any:
    """Show the question; when it is answered, do the deed with the reason and go back to the record.

    A refusal of the business is shown as a sentence.
    """
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(question, form)
    try:
        deed(form.reason.data)
    except BillingError as refusal:
        flash(sentence_of(refusal), "danger")
    else:
        flash(str(question.done), "success")
    return redirect(question.back)


def fill_and_do(question: Question, form: FlaskForm, deed: Callable[[], str | None]) -> Any:
    """As `ask_and_do` with a form of one's own: after a refusal what was filled in is kept.

    The deed may answer the address of a page to go on to instead of going back to the record.
    """
    if not form.validate_on_submit():
        return _page(question, form)
    try:
        address = deed()
    except BillingError as refusal:
        flash(sentence_of(refusal), "danger")
        return _page(question, form)
    flash(str(question.done), "success")
    return redirect(address or question.back)


def _page(question: Question, form: FlaskForm) -> str:
    return render_template("back_office/reason.html", form=form, question=question, title=question.title)
