"""What the list of documents is narrowed by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.billing.documents.listing import DocumentRequest
from app.portal.document_names import KINDS
from app.portal.forms.fields import choices_of


class DocumentsForm(wtforms.Form):
    """Shows what the address asks for; it is sent by GET and changes nothing."""

    period = wtforms.SelectField(_l("Month or year"))
    kind = wtforms.SelectField(_l("Document"))

    @classmethod
    def showing(cls, asked: DocumentRequest, periods: Sequence[tuple[str, Any]]) -> DocumentsForm:
        """The form as it was filled in; a period that has nothing is offered while it is asked for."""
        form = cls(formdata=MultiDict(asked.narrowing))
        known = dict(periods) | ({asked.period: asked.period} if asked.period else {})
        offered = [*periods] + [each for each in known.items() if each[0] not in dict(periods)]
        form.period.choices = choices_of([("", _l("All the time")), *offered])
        form.kind.choices = choices_of(
            [("", _l("Any")), *((kind.value, name) for kind, name in KINDS.items())]
        )
        return form
