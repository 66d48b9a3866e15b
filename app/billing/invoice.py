"""Invoices (счёт): statuses, due date, number."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from app.billing.transitions import TransitionTable


class InvoiceStatus(StrEnum):
    """What is known about the money of an invoice."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"


INVOICE_TRANSITIONS = TransitionTable(
    kind="invoice",
    allowed={
        InvoiceStatus.OPEN: frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID}),
        InvoiceStatus.PAID: frozenset(),
        InvoiceStatus.VOID: frozenset(),
    },
)


class PaymentMethodKind(StrEnum):
    """How an invoice is meant to be paid; PayPal and bank transfer join when their gateways do."""

    CARD = "card"


INVOICE_SERIES = "СЧ"
"""The series of invoices; one gapless row of numbers per seller, series and year."""

PAYMENT_TERM = timedelta(days=7)
"""An unpaid first invoice lapses at its due date, 7 days unless set otherwise (F2)."""


def due_date(issued_on: date, term: timedelta = PAYMENT_TERM) -> date:
    """The last day on which the invoice can be paid."""
    return issued_on + term


def invoice_number(series: str, year: int, number: int) -> str:
    """The number as people read it: «СЧ-2026-000042»."""
    return f"{series}-{year}-{number:06d}"
