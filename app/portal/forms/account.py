"""Registration, login, passwords."""

from __future__ import annotations

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.portal.countries import country_choices
from app.portal.forms.fields import (
    IdentifierField,
    PortalForm,
    Required,
    SecretField,
    SelectField,
    TextField,
    choices_of,
    refused,
)
from app.portal.visit import current_locale

LONGEST_EMAIL = 254
LONGEST_NAME = 200
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
LANGUAGES = (("ru", "Русский"), ("en", "English"))


def normal_email(text: str) -> str | None:
    """The address in the one form in which it is stored and looked up; None when it is none.

    Nobody is asked whether the domain exists: a mail finds out.
    """
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.ascii_email


def normalised(form: Any, field: Any) -> None:
    """Bring an address into its normal form or refuse it."""
    normal = normal_email(field.data)
    if normal is None:
        raise refused("BAD_EMAIL")
    field.data = normal


class EmailField(TextField):
    """An e-mail address."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, LONGEST_EMAIL, validators=[normalised], **kwargs)


def long_enough(form: Any, field: Any) -> None:
    """12 to 1000 characters; every byte of them counts (the hash takes a digest first)."""
    if len(field.data) < SHORTEST_PASSWORD:
        raise refused("PASSWORD_TOO_SHORT")
    if len(field.data) > LONGEST_PASSWORD:
        raise refused("PASSWORD_TOO_LONG")


class RegistrationForm(PortalForm):
    """A new account."""

    email = EmailField(_l("E-mail"))
    password = SecretField(_l("Password"), validators=[Required(), long_enough])
    name = TextField(_l("Your name"), LONGEST_NAME)
    country = SelectField(_l("Country"), default="RU")
    language = SelectField(_l("Language of messages"), choices=choices_of(LANGUAGES))
    terms_version_id = IdentifierField()
    terms = BooleanField(_l("I accept the terms"), validators=[Required("TERMS_NOT_ACCEPTED")])

    def __init__(self, terms_version_id: int) -> None:
        super().__init__(data={"terms_version_id": terms_version_id, "language": current_locale()})
        self.country.choices = choices_of(country_choices(current_locale()))
        self._terms_in_force = terms_version_id

    def validate_terms(self, field: Any) -> None:
        """What was accepted must be what is in force."""
        if field.data and self.terms_version_id.data != self._terms_in_force:
            raise refused("TERMS_CHANGED")


class LoginForm(PortalForm):
    """Who are you?"""

    email = TextField(_l("E-mail"), LONGEST_EMAIL)
    password = SecretField(_l("Password"))


class ForgottenPasswordForm(PortalForm):
    """Where to send the link."""

    email = EmailField(_l("E-mail"))


class NewPasswordForm(PortalForm):
    """A new password."""

    password = SecretField(_l("New password"), validators=[Required(), long_enough])
