"""API keys."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.portal.forms.fields import PortalForm, TextField

LONGEST_KEY_NAME = 100
LONGEST_REASON = 500


class NewKeyForm(PortalForm):
    """Another key."""

    name = TextField(_l("Name of the key"), LONGEST_KEY_NAME)


class DeactivateKeyForm(PortalForm):
    """Why a key is switched off."""

    reason = TextField(_l("Reason"), LONGEST_REASON)
