"""Money that came in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from app.billing.money import Money
from app.models import Payment
from app.views.base import RecordView, labels, per_column
from app.views.customers import CUSTOMER_ADDRESS
from app.views.ledger_names import provider_name
from app.views.records import Records


class PaymentView(RecordView):
    """Money that came in: read-only."""

    datamodel = Records(
        Payment,
        loads=[joinedload(Payment.customer), joinedload(Payment.invoice)],
        own_filters=CUSTOMER_ADDRESS,
        computed={"refunded": lambda row: Money(row.refunded_minor, row.currency)},
    )
    route_base = "/payments"
    list_title = _("Payments")
    show_title = _("Payment")
    list_columns = ("id", "customer", "invoice", "amount", "method_label", "received_at")
    show_columns = (
        "id", "customer", "invoice", "amount", "unallocated", "refunded", "method_label", "provider",
        "provider_reference", "received_at",
    )  # fmt: skip
    search_columns = (
        "customer_email", "provider", "provider_reference", "currency", "amount_minor", "received_at",
        "customer_id", "invoice_id",
    )  # fmt: skip
    order_columns = ("id", "received_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        invoice=_("Invoice"),
        amount=_("Sum"),
        unallocated=_("Paid nothing, belongs to the customer"),
        refunded=_("Given back of it"),
        amount_minor=_("Sum in kopecks or cents"),
        currency=_("Currency"),
        method_label=_("Method"),
        provider=_("Provider"),
        provider_reference=_("Number at the provider"),
        received_at=_("Received"),
        invoice_id=_("Invoice No. in the database"),
    )

    def _init_properties(self) -> None:
        self.formatters_columns = {"provider": provider_name, "method_label": provider_name}
        super()._init_properties()
