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


class InvoicePurpose(StrEnum):
    """What an invoice asks money for; decides what happens while it stays unpaid."""

    ORDER = "order"
    """A first purchase or a resumption: lapses at its due date, gives no access before it is paid (F2)."""
    RENEWAL = "renewal"
    """The next period of what runs: dunning, with access through it (G4)."""
    USAGE = "usage"
    """Operations that were used already (I1): dunning as well."""


DUNNED = frozenset({InvoicePurpose.RENEWAL, InvoicePurpose.USAGE})
"""Invoices whose failed payment starts dunning instead of letting an order lapse."""


class PaymentMethodKind(StrEnum):
    """How an invoice is meant to be paid, and how it was once a provider paid it."""

    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    PAYPAL = "paypal"


CHARGED = frozenset({PaymentMethodKind.CARD, PaymentMethodKind.PAYPAL})
"""Paid at a provider: what renews so is charged to a saved method by itself."""


def renews_by(kind: PaymentMethodKind) -> PaymentMethodKind:
    """How a subscription renews that was paid so: by a saved method, whichever it is, or by its invoices."""
    return PaymentMethodKind.CARD if kind in CHARGED else kind


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
