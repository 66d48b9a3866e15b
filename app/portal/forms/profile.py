"""Contact data."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from app.portal.forms.account import LANGUAGES, LONGEST_NAME
from app.portal.forms.fields import PortalForm, SelectField, TextField, choices_of, refused

PHONE = re.compile(r"\+?[0-9()\- ]{5,31}", re.ASCII)


def like_a_phone(form: Any, field: Any) -> None:
    """Digits and what people put between them."""
    if field.data and not PHONE.fullmatch(field.data):
        raise refused("BAD_PHONE")


class ContactForm(PortalForm):
    """What customers may change about themselves."""

    name = TextField(_l("Your name"), LONGEST_NAME)
    phone = TextField(_l("Phone"), 32, required=False, validators=[like_a_phone])
    language = SelectField(_l("Language of pages and messages"), choices=choices_of(LANGUAGES))
