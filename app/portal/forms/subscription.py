"""What is done with a subscription."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.billing.invoice import PaymentMethodKind
from app.models import PaymentMethod, Subscription
from app.portal.forms.fields import PortalForm, RadioField, TextField, choices_of

LONGEST_REASON = 500
DEFAULT_METHOD = "default"
BY_INVOICE = "invoice"


class CancelForm(PortalForm):
    """A reason is welcome, never asked for."""

    reason = TextField(_l("Why do you cancel?"), LONGEST_REASON, required=False)


class PayingMethodForm(PortalForm):
    """What pays a subscription by itself: the default method, one of the others, or nothing."""

    method = RadioField(_l("Payment method"))

    @classmethod
    def of(cls, row: Subscription, methods: Sequence[PaymentMethod]) -> PayingMethodForm:
        """The form with what the customer has saved. What is paid per operation can't do without a method."""
        form = cls()
        offered = [(str(method.id), method.masked) for method in methods]
        if methods:
            offered.insert(0, (DEFAULT_METHOD, _("The default: %(method)s now", method=methods[0].masked)))
        if not row.metered:
            offered.append((BY_INVOICE, _("Nothing by itself: send invoices, I pay them as I like")))
        form.method.choices = choices_of(offered)
        if form.method.data is None:
            form.method.data = _present(row)
        return form

    @property
    def by_invoice(self) -> bool:
        """Whether nothing is to be charged."""
        return bool(self.method.data == BY_INVOICE)

    @property
    def method_id(self) -> int | None:
        """The chosen method; None for the default."""
        return None if self.method.data == DEFAULT_METHOD else int(self.method.data)


def _present(row: Subscription) -> str:
    if row.method is PaymentMethodKind.BANK_TRANSFER:
        return BY_INVOICE
    return DEFAULT_METHOD if row.payment_method_id is None else str(row.payment_method_id)
