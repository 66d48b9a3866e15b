"""What the forms are built from: fields that take anything a browser or a robot may send.

Every refusal is a code; the sentences stand in `app.portal.messages`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import wtforms
from flask import request
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from app.billing.errors import BillingError
from app.portal.messages import CodedText

LARGEST_IDENTIFIER = 2**63 - 1


class PortalForm(FlaskForm):
    """A form that reads text fields only: an uploaded file never stands in for a text."""

    class Meta(FlaskForm.Meta):
        """How the request becomes form data."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The text fields of a submitted form."""
            return request.form if request.method == "POST" else None

    def refuse(self, name: str | None, error: BillingError | str) -> None:
        """Show a refusal of a use case at its field, or above the form when it is about no field."""
        text = CodedText.of(error if isinstance(error, str) else error.code)
        if name is None:
            self.form_errors.append(text)
        else:
            self[name].errors = [*self[name].errors, text]


def refused(code: str) -> StopValidation:
    """The refusal of a value, with its code."""
    return StopValidation(CodedText.of(code))


class Required:
    """Something must stand in the field."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads it from the class

    def __init__(self, code: str = "REQUIRED") -> None:
        self._code = code

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse an empty value."""
        if not field.data:
            raise refused(self._code)


class Longest:
    """At most so many characters, and none that can't be stored or printed."""

    def __init__(self, characters: int) -> None:
        self._characters = characters
        self.field_flags = {"maxlength": characters}

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse what is too long or has control characters."""
        text = field.data or ""
        if len(text) > self._characters:
            raise refused("TOO_LONG")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
            raise refused("BAD_CHARACTERS")


def stripped(text: str | None) -> str | None:
    """The text without spaces around it; nothing when nothing is left."""
    return (text or "").strip() or None


def without_spaces(text: str | None) -> str | None:
    """A number as it is stored, however it was grouped."""
    return "".join((text or "").split()) or None


class TextField(wtforms.StringField):
    """One line of text, without spaces around it; None when empty.

    `shown_as_required` is for a field whose need depends on another one: the form itself checks it.
    """

    def __init__(self, label: Any, longest: int, *, required: bool = True, **kwargs: Any) -> None:
        more = kwargs.pop("validators", [])
        validators = [*([Required()] if required else []), Longest(longest), *more]
        filters = (kwargs.pop("clean", stripped),)
        conditional = kwargs.pop("shown_as_required", False)
        super().__init__(label, validators=validators, filters=filters, **kwargs)
        if conditional:
            self.flags.required = True


class SecretField(wtforms.PasswordField):
    """A password: kept as typed, never sent back."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, validators=kwargs.pop("validators", [Required()]), **kwargs)


def choices_of(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Values with their labels, as a choice takes them."""
    return [SelectChoice(value, label) for value, label in pairs]


class _CodedChoice(wtforms.Field):
    """A value that is not offered is refused in our own words. The fields keep the names that WTForms gives
    them, because the shared macros go by those.
    """

    choices: Sequence[SelectChoice]
    data: Any

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, validators=[Required()], **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not among the options."""
        if self.data not in {choice.value for choice in self.choices}:
            raise refused("BAD_CHOICE")


class SelectField(_CodedChoice, wtforms.SelectField):
    """A list to choose from."""


class RadioField(_CodedChoice, wtforms.RadioField):
    """Radio buttons."""


class IdentifierField(wtforms.HiddenField):
    """The id of a row, carried through the form; None when it is no id."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the id."""
        text = valuelist[0] if valuelist else ""
        readable = text.isascii() and text.isdecimal() and len(text) <= 19
        number = int(text) if readable else 0
        self.data = number if 0 < number <= LARGEST_IDENTIFIER else None
