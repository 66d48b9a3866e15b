"""Invoices with their lines, attempts and history, and payments."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import joinedload

from app.models import Document, Invoice, InvoiceLine, Payment, PaymentAttempt
from app.views import history
from app.views.base import RecordView, Section, labels, per_column
from app.views.context import session
from app.views.customers import CUSTOMER_ADDRESS
from app.views.filters import RecordFilter
from app.views.presentation import code, named_link, object_link, rate
from app.views.records import Records

FULL_NUMBER = (
    Invoice.series + "-" + cast(Invoice.year, String) + "-" + func.lpad(cast(Invoice.number, String), 6, "0")
)


class InvoiceNumber(RecordFilter):
    """Invoices whose number holds the text: «СЧ-2026-000042» or just «42»."""

    name = _("Contains")

    def condition(self, value: str) -> Any:
        """Compared with the number as people read it."""
        return FULL_NUMBER.icontains(value, autoescape=True)


class InvoiceView(RecordView):
    """Invoices: read-only, because they carry money."""

    datamodel = Records(
        Invoice,
        loads=[joinedload(Invoice.customer), joinedload(Invoice.payer), joinedload(Invoice.seller)],
        own_filters=CUSTOMER_ADDRESS | {"full_number": (InvoiceNumber,)},
    )
    route_base = "/invoices"
    list_title = _("Invoices")
    show_title = _("Invoice")
    list_columns = ("full_number", "customer", "payer", "total", "status", "issued_on", "due_on")
    show_columns = (
        "full_number", "status", "customer", "payer", "seller", "total", "vat", "method", "issued_at",
        "due_on", "paid_at", "voided_at", "first_failed_at", "next_attempt_at",
    )  # fmt: skip
    search_columns = (
        "full_number", "customer_email", "status", "currency", "issued_on", "due_on", "paid_at",
        "customer_id",
    )  # fmt: skip
    order_columns = ("status", "issued_on", "due_on", "paid_at")
    search_labels = per_column(full_number=_("Number"), customer_email=_("Customer's e-mail"))
    label_columns = labels(
        payer=_("Payer"),
        seller=_("Seller"),
        total=_("Sum"),
        vat=_("VAT inside"),
        currency=_("Currency"),
        method=_("Method"),
        issued_on=_("Issued"),
        issued_at=_("Issued at"),
        due_on=_("Due"),
        paid_at=_("Paid at"),
        voided_at=_("Void since"),
        first_failed_at=_("First failed charge"),
        next_attempt_at=_("Next attempt"),
    )

    def name_of(self, row: Invoice) -> str:
        """The number."""
        return row.full_number

    def sections(self, row: Invoice) -> list[Section]:
        """Lines, attempts to charge, and the document."""
        return [_lines(row.id), _attempts(row.id), _documents(row.id)]

    def history(self, row: Invoice) -> list[dict[str, Any]]:
        """Every change of status."""
        return history.of_object("invoice", row.id)


class PaymentView(RecordView):
    """Money that came in: read-only."""

    datamodel = Records(
        Payment,
        loads=[joinedload(Payment.customer), joinedload(Payment.invoice)],
        own_filters=CUSTOMER_ADDRESS,
    )
    route_base = "/payments"
    list_title = _("Payments")
    show_title = _("Payment")
    list_columns = ("id", "customer", "invoice", "amount", "method_label", "received_at")
    show_columns = (
        "id", "customer", "invoice", "amount", "unallocated", "method_label", "provider",
        "provider_reference", "received_at",
    )  # fmt: skip
    search_columns = (
        "customer_email", "provider_reference", "currency", "amount_minor", "received_at", "customer_id",
        "invoice_id",
    )  # fmt: skip
    order_columns = ("id", "received_at")
    search_labels = per_column(customer_email=_("Customer's e-mail"))
    label_columns = labels(
        invoice=_("Invoice"),
        amount=_("Sum"),
        unallocated=_("Paid nothing, belongs to the customer"),
        amount_minor=_("Sum in kopecks or cents"),
        currency=_("Currency"),
        method_label=_("Method"),
        provider=_("Provider"),
        provider_reference=_("Number at the provider"),
        received_at=_("Received"),
        invoice_id=_("Invoice No. in the database"),
    )


def _lines(invoice_id: int) -> Section:
    lines = session().scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
    )
    return Section(
        _("Lines"),
        (_("Service"), _("Subscription"), _("Period"), _("Sum"), _("VAT rate"), _("VAT")),
        [
            (
                line.description,
                named_link("subscription", line.subscription_id),
                line.interval,
                line.total,
                rate(line.vat_rate),
                line.vat,
            )
            for line in lines
        ],
    )


def _attempts(invoice_id: int) -> Section:
    attempts = session().scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.invoice_id == invoice_id)
        .options(joinedload(PaymentAttempt.payment_method))
        .order_by(PaymentAttempt.ordinal.desc())
    )
    return Section(
        _("Payment attempts"),
        (_("No."), _("State"), _("Sum"), _("Method"), _("Begun"), _("Settled"), _("Failure")),
        [
            (
                attempt.ordinal,
                attempt.state,
                attempt.amount,
                attempt.payment_method.masked if attempt.payment_method else None,
                attempt.started_at,
                attempt.settled_at,
                code(attempt.failure_code),
            )
            for attempt in attempts
        ],
    )


def _documents(invoice_id: int) -> Section:
    documents = session().scalars(select(Document).where(Document.invoice_id == invoice_id))
    return Section(
        _("Documents"),
        (_("Number"), _("Kind"), _("Date"), _("Status")),
        [
            (object_link("document", row.id, row.number), row.kind, row.issued_on, row.status)
            for row in documents
        ],
    )
