"""API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.billing.api_key import KEY_POLICY, KeyLabel
from app.billing.errors import InvalidInput
from app.portal.forms.fields import PortalForm, RadioField, TextField, choices_of, refused
from app.portal.states import time_left

LONGEST_REASON = 500


def printable(form: Any, field: Any) -> None:
    """Refuse what a label can't hold; an empty field is a matter of the field itself."""
    try:
        KeyLabel.of(field.data or "-")
    except InvalidInput:
        raise refused("BAD_CHARACTERS") from None


class KeyLabelForm(PortalForm):
    """What a key is called."""

    name = TextField(_l("Name of the key"), KEY_POLICY.longest_label, validators=[printable])
    group = TextField(_l("Group"), KEY_POLICY.longest_label, required=False, validators=[printable])

    @property
    def label(self) -> KeyLabel:
        """The name and the group of a form that has been validated."""
        return KeyLabel.of(self.name.data, self.group.data)


class RotateKeyForm(PortalForm):
    """How long the old key goes on working."""

    overlap = RadioField(_l("How long shall the old key go on working after you have seen the new one?"))

    @classmethod
    def at(cls, now: datetime) -> RotateKeyForm:
        """The form with the overlaps on offer."""
        form = cls()
        form.overlap.choices = choices_of(
            (_seconds(overlap), _words(overlap, now)) for overlap in KEY_POLICY.overlaps
        )
        if form.overlap.data is None:
            form.overlap.data = _seconds(KEY_POLICY.usual_overlap)
        return form

    @property
    def chosen(self) -> timedelta:
        """The overlap of a form that has been validated."""
        return timedelta(seconds=int(self.overlap.data))


class DeactivateKeyForm(PortalForm):
    """Why a key is switched off."""

    reason = TextField(_l("Reason"), LONGEST_REASON)


class DeleteKeyForm(PortalForm):
    """A key that is off is deleted without a word."""


def _seconds(overlap: timedelta) -> str:
    return str(int(overlap.total_seconds()))


def _words(overlap: timedelta, now: datetime) -> str:
    if not overlap:
        return str(_("It stops at once"))
    return str(_("%(time)s more", time=time_left(now + overlap, now)))
