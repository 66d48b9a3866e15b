"""What is done with a subscription."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.portal.forms.fields import PortalForm, TextField

LONGEST_REASON = 500


class CancelForm(PortalForm):
    """A reason is welcome, never asked for."""

    reason = TextField(_l("Why do you cancel?"), LONGEST_REASON, required=False)
