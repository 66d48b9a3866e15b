"""What asks for documents in some days, grouped by what decides about them and by what was issued (J3)."""

# ruff: noqa: S608 - every part of these queries is a constant of this module

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.billing.registers_missing import Deed
from app.repositories.registers import Stretch

BEFORE_DOCUMENTS = "'epoch'::timestamptz"
"""The mark of rows that were there before documents were issued at all: nothing is asked of them."""
_STATUS = "document.kind || ':' || coalesce(document.snapshot #>> '{document,status}', '')"
_LOCAL = "timezone('Europe/Moscow', {})::date"


def _issued(condition: str, source: str = "document") -> str:
    """The documents of a row, each as «kind:status»."""
    return f"ARRAY(SELECT DISTINCT {_STATUS} FROM {source} WHERE {condition} ORDER BY 1)"


_OF_SERVICE = "document_line.kind IN ('vat_invoice', 'act', 'transfer')"
_LINES = "document_line JOIN document ON document.id = document_line.document_id"
_OF_MONTH = _issued(f"document_line.service_month_id = month.id AND {_OF_SERVICE}", _LINES)
_OF_USAGE = _issued(
    f"line.invoice_id = invoice.id AND document_line.service_month_id IS NULL AND {_OF_SERVICE}",
    f"{_LINES} JOIN invoice_line AS line ON line.id = document_line.invoice_line_id",
)
_RECEIPTS = _issued("document.payment_id = payment.id AND document.kind = 'receipt' AND refund_id IS NULL")
_PLAIN = "'' AS provider, '' AS purpose"

DEEDS: Mapping[Deed, str] = MappingProxyType(
    {
        Deed.INVOICE: f"""
            SELECT invoice.id, invoice.payer_id, false AS taxed, {_PLAIN},
                {_issued("document.invoice_id = invoice.id AND document.kind = 'invoice'")} AS issued
            FROM invoice WHERE invoice.seller_id = :seller_id AND invoice.total_minor > 0
                AND invoice.issued_on BETWEEN :first AND :last
                AND invoice.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
        Deed.PAYMENT: f"""
            SELECT payment.id, invoice.payer_id, false AS taxed, payment.provider,
                CASE WHEN payment.unallocated_minor = payment.amount_minor THEN 'balance'
                    ELSE invoice.purpose END AS purpose,
                {_RECEIPTS} AS issued
            FROM payment JOIN invoice ON invoice.id = payment.invoice_id
            WHERE invoice.seller_id = :seller_id
                AND {_LOCAL.format("payment.received_at")} BETWEEN :first AND :last
                AND payment.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
        Deed.PREPAYMENT: f"""
            SELECT invoice.id, invoice.payer_id, true AS taxed, 'balance' AS provider, '' AS purpose,
                {_issued("document.invoice_id = invoice.id AND document.kind = 'advance_invoice'")} AS issued
            FROM ledger_entry JOIN invoice ON invoice.id = ledger_entry.invoice_id
            WHERE ledger_entry.seller_id = :seller_id AND ledger_entry.kind = 'advance_vat'
                AND ledger_entry.booked_on BETWEEN :first AND :last
                AND invoice.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
        Deed.SERVICE_MONTH: f"""
            SELECT month.id, month.payer_id, month.vat_rate IS NOT NULL AS taxed, {_PLAIN},
                {_OF_MONTH} AS issued
            FROM ledger_entry JOIN service_month AS month ON month.id = ledger_entry.service_month_id
            WHERE ledger_entry.seller_id = :seller_id AND ledger_entry.kind = 'service_given'
                AND ledger_entry.booked_on BETWEEN :first AND :last
                AND month.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
        Deed.USAGE: f"""
            SELECT invoice.id, invoice.payer_id, invoice.vat_minor > 0 AS taxed, {_PLAIN},
                {_OF_USAGE} AS issued
            FROM ledger_entry JOIN invoice ON invoice.id = ledger_entry.invoice_id
            WHERE ledger_entry.seller_id = :seller_id AND ledger_entry.kind = 'service_given'
                AND ledger_entry.service_month_id IS NULL
                AND ledger_entry.booked_on BETWEEN :first AND :last
                AND invoice.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
        Deed.REFUND_SENT: f"""
            SELECT refund.id, invoice.payer_id, false AS taxed, payment.provider, '' AS purpose,
                {_issued("document.refund_id = refund.id AND document.kind = 'receipt'")} AS issued
            FROM refund JOIN payment ON payment.id = refund.payment_id
                JOIN invoice ON invoice.id = payment.invoice_id
            WHERE refund.seller_id = :seller_id AND refund.status = 'sent' AND refund.to_method_minor > 0
                AND {_LOCAL.format("refund.sent_at")} BETWEEN :first AND :last
                AND refund.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
        Deed.PRICE_LOWERED: f"""
            SELECT ledger_entry.refund_id AS id, month.payer_id, month.vat_rate IS NOT NULL AS taxed,
                {_PLAIN},
                {_issued("document.refund_id = ledger_entry.refund_id AND document.kind <> 'receipt'")}
                || {_OF_MONTH} AS issued
            FROM ledger_entry JOIN service_month AS month ON month.id = ledger_entry.service_month_id
            WHERE ledger_entry.seller_id = :seller_id AND ledger_entry.kind = 'service_refund'
                AND ledger_entry.booked_on BETWEEN :first AND :last
                AND month.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
            UNION ALL
            SELECT ledger_entry.refund_id, invoice.payer_id, invoice.vat_minor > 0, {_PLAIN},
                {_issued("document.refund_id = ledger_entry.refund_id AND document.kind <> 'receipt'")}
                || {_OF_USAGE}
            FROM ledger_entry JOIN invoice ON invoice.id = ledger_entry.invoice_id
            WHERE ledger_entry.seller_id = :seller_id AND ledger_entry.kind = 'service_refund'
                AND ledger_entry.service_month_id IS NULL
                AND ledger_entry.booked_on BETWEEN :first AND :last
                AND invoice.documented_at IS DISTINCT FROM {BEFORE_DOCUMENTS}
        """,
    }
)  # fmt: skip


class DeedRepository:
    """Counts by groups, one query a deed, however many rows there are."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def groups(self, stretch: Stretch, examples: int) -> Iterator[tuple[Deed, Row[Any]]]:
        """Rows that are alike: `payer_kind`, `country`, `taxed`, `provider`, `purpose`, `issued` (of each
        «kind:status»), `how_many` and the ids of a few in `examples`.
        """
        for deed, query in DEEDS.items():
            grouped = f"""
                SELECT payer.kind AS payer_kind, payer.country, taxed, provider, purpose, issued,
                    count(*) AS how_many, (array_agg(deed.id ORDER BY deed.id))[1:{int(examples)}] AS examples
                FROM ({query}) AS deed JOIN payer ON payer.id = deed.payer_id
                GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
            """
            parameters = {"seller_id": stretch.seller_id, "first": stretch.first, "last": stretch.last}
            for row in self.session.execute(text(grouped), parameters):
                yield deed, row
