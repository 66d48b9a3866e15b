"""What the payment history is narrowed by."""

from __future__ import annotations

from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.billing.payment_history import HistoryRequest, HistoryStatus
from app.portal.forms.fields import choices_of
from app.portal.messages import CodedText

DAY = {"type": "date"}
SUM = {"inputmode": "decimal"}
STATUSES = (
    ("", _l("Any")),
    (HistoryStatus.PAID.value, _l("Paid")),
    (HistoryStatus.WAITING.value, _l("To be paid")),
    (HistoryStatus.OVERDUE.value, _l("Not paid in time")),
    (HistoryStatus.REFUNDED.value, _l("Refunded")),
    (HistoryStatus.VOID.value, _l("Void")),
)


class HistoryForm(wtforms.Form):
    """Shows what the address asks for; it is sent by GET and changes nothing."""

    first = wtforms.StringField(_l("From the day"), render_kw=DAY)
    last = wtforms.StringField(_l("To the day"), render_kw=DAY)
    status = wtforms.SelectField(_l("Status"), choices=choices_of(STATUSES))
    least = wtforms.StringField(_l("Sum from"), render_kw=SUM)
    most = wtforms.StringField(_l("Sum to"), render_kw=SUM)
    number = wtforms.StringField(_l("Number of the invoice"))

    @classmethod
    def showing(cls, asked: HistoryRequest) -> HistoryForm:
        """The form as it was filled in, with what was refused; days as browsers want them."""
        values: dict[str, Any] = dict(asked.typed)
        for name in ("first", "last"):
            day = getattr(asked.wanted, name)
            if day is not None:
                values[name] = day.isoformat()
        form = cls(formdata=MultiDict(values))
        for name, code in asked.refused.items():
            form[name].errors = [CodedText.of(code)]
        return form
