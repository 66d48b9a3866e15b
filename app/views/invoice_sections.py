"""The tables of an invoice's page."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.billing.money import Money
from app.billing.periods import last_day_of, local_date
from app.formatting.dates import format_period
from app.models import Document, InvoiceLine, Payment, PaymentAttempt
from app.views.base import Section
from app.views.context import session
from app.views.ledger_names import provider_name
from app.views.presentation import code, language, named_link, object_link, rate


def sections_of_invoice(invoice_id: int) -> list[Section]:
    """Lines, attempts to charge, payments, and the document."""
    return [_lines(invoice_id), _attempts(invoice_id), _payments(invoice_id), _documents(invoice_id)]


def _lines(invoice_id: int) -> Section:
    lines = session().scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
    )
    return Section(
        _("Lines"),
        (
            _("Service"),
            _("Subscription"),
            _("Period"),
            _("Quantity"),
            _("Price"),
            _("Discount"),
            _("Sum"),
            _("VAT rate"),
            _("VAT"),
        ),
        [
            (
                line.description,
                named_link("subscription", line.subscription_id),
                _period(line),
                line.quantity,
                line.price,
                Money(line.discount_minor, line.currency),
                line.total,
                rate(line.vat_rate),
                line.vat,
            )
            for line in lines
        ],
    )


def _period(line: InvoiceLine) -> Any:
    """The days that the line pays, or how long a period it will be when the money comes."""
    period = line.period
    if period is None:
        return line.interval
    return format_period(local_date(period.start), last_day_of(period), language())


def _attempts(invoice_id: int) -> Section:
    attempts = session().scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.invoice_id == invoice_id)
        .options(joinedload(PaymentAttempt.payment_method))
        .order_by(PaymentAttempt.ordinal.desc())
    )
    return Section(
        _("Payment attempts"),
        (_("No."), _("State"), _("Sum"), _("Method"), _("Begun"), _("Settled"), _("Failure"), _("Risk")),
        [
            (
                attempt.ordinal,
                attempt.state,
                attempt.amount,
                attempt.payment_method.masked if attempt.payment_method else None,
                attempt.started_at,
                attempt.settled_at,
                code(attempt.failure_code),
                code(attempt.risk),
            )
            for attempt in attempts
        ],
    )


def _payments(invoice_id: int) -> Section:
    payments = session().scalars(select(Payment).where(Payment.invoice_id == invoice_id).order_by(Payment.id))
    return Section(
        _("Payments"),
        (_("Payment"), _("Sum"), _("Method"), _("Received")),
        [
            (named_link("payment", row.id), row.amount, provider_name(row.method_label), row.received_at)
            for row in payments
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
