"""INV3 and INV7: documents say what the ledger says, and nothing that asks for one is forgotten (J3, J4)."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

BOOKED = """
    SELECT service_month_id,
        sum(amount_minor) FILTER (WHERE kind = 'service_given') AS gross,
        sum(amount_minor) FILTER (WHERE kind = 'service_vat') AS vat,
        sum(amount_minor) FILTER (WHERE kind = 'advance_vat_deducted') AS advance_vat
    FROM ledger_entry WHERE service_month_id IS NOT NULL GROUP BY 1
"""
"""What was booked when service months were given."""
PRIMARY = "kind IN ('transfer', 'act')"
"""One of them stands for every service; a счёт-фактура may stand beside an акт."""
TASK = """
    EXISTS (SELECT FROM staff_task WHERE staff_task.kind LIKE 'documents:%' AND done_at IS NULL
        AND staff_task.customer_id = {row}.customer_id)
"""


def _forgotten(row: str, since: str, condition: str, name: str) -> Invariant:
    """Rows that were passed over when others an hour younger were documented, and no task says why."""
    return Invariant(
        "INV7",
        name,
        "the law gives five days, and nobody knows that they run",
        f"""
        SELECT {row}.id, {row}.customer_id FROM {row}
        WHERE documented_at IS NULL AND {condition} AND NOT {TASK.format(row=row)}
        AND {since} < (SELECT max(documented_at) FROM {row}) - interval '1 hour'
        """,  # noqa: S608 - our own query
    )


DOCUMENTS = (
    Invariant(
        "INV3",
        "a VAT invoice of an advance says the VAT that the ledger was charged with",
        "the tax office is told another VAT than is paid",
        """
        SELECT document.id, document.customer_id FROM document LEFT JOIN (
            SELECT invoice_id, sum(amount_minor) AS vat FROM ledger_entry
            WHERE kind = 'advance_vat' GROUP BY 1
        ) AS booked USING (invoice_id)
        WHERE document.kind = 'advance_invoice' AND correction = 0 AND coalesce(vat, 0) <> vat_minor
        """,
    ),
    Invariant(
        "INV3",
        "every advance taxed for a Russian business has its VAT invoice",
        "the buyer can't deduct the VAT, and the seller breaks the law",
        """
        SELECT invoice.id, invoice.customer_id FROM invoice JOIN payer ON payer.id = invoice.payer_id
        WHERE documented_at > 'epoch' AND purpose <> 'usage' AND payer.country = 'RU'
        AND payer.kind IN ('company', 'sole_trader') AND NOT EXISTS (
            SELECT FROM document WHERE kind = 'advance_invoice' AND document.invoice_id = invoice.id
        ) AND EXISTS (
            SELECT FROM service_month WHERE service_month.invoice_id = invoice.id AND advance_vat_minor > 0
        ) AND NOT EXISTS (  -- who was not a business then
            SELECT FROM audit_entry WHERE action = 'payer.save' AND object_id = payer.id::text
            AND audit_entry.at > documented_at
        )
        """,
    ),
    Invariant(
        "INV3",
        "every service month is on one document, with the sums that were booked",
        "documents, registers and ledger would tell three stories",
        f"""
        SELECT service_month.id, service_month.customer_id FROM service_month
        LEFT JOIN ({BOOKED}) AS booked ON booked.service_month_id = service_month.id
        LEFT JOIN (
            SELECT service_month_id, count(*) FILTER (WHERE {PRIMARY}) AS papers, min(gross_minor) AS least,
                max(gross_minor) AS gross, min(vat_minor) AS least_vat, max(vat_minor) AS vat
            FROM document_line WHERE correction = 0 AND (kind = 'vat_invoice' OR {PRIMARY}) GROUP BY 1
        ) AS line ON line.service_month_id = service_month.id
        WHERE documented_at > 'epoch' AND (
            coalesce(papers, 0) <> CASE WHEN booked.gross > 0 THEN 1 ELSE 0 END
            OR coalesce(least, 0) <> coalesce(booked.gross, 0) OR least <> line.gross
            OR coalesce(least_vat, 0) <> coalesce(booked.vat, 0) OR least_vat <> line.vat
        )
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV3",
        "an invoice of operations is on documents with the sums that were booked",
        "operations would be taxed and not documented",
        f"""
        SELECT invoice.id, invoice.customer_id FROM invoice LEFT JOIN (
            SELECT invoice_line.invoice_id, sum(gross_minor) AS gross, sum(document_line.vat_minor) AS vat
            FROM document_line JOIN invoice_line ON invoice_line.id = invoice_line_id
            WHERE correction = 0 AND service_month_id IS NULL AND {PRIMARY} GROUP BY 1
        ) AS line ON line.invoice_id = invoice.id LEFT JOIN (
            SELECT invoice_id, sum(amount_minor) FILTER (WHERE kind = 'service_given') AS gross,
                sum(amount_minor) FILTER (WHERE kind = 'service_vat') AS vat
            FROM ledger_entry WHERE service_month_id IS NULL GROUP BY 1
        ) AS booked ON booked.invoice_id = invoice.id
        WHERE purpose = 'usage' AND documented_at > 'epoch' AND (
            coalesce(line.gross, 0) <> coalesce(booked.gross, 0)
            OR coalesce(line.vat, 0) <> coalesce(booked.vat, 0)
        )
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV3",
        "documents of service use of each advance the VAT that was deducted",
        "the VAT of an advance would be deducted twice",
        f"""
        SELECT document.id, document.customer_id FROM document LEFT JOIN (
            SELECT advance_id, sum(gross_minor) AS gross, sum(vat_minor) AS vat
            FROM document_advance GROUP BY 1
        ) AS used ON used.advance_id = document.id LEFT JOIN (
            SELECT invoice_id, sum(advance_vat) AS vat FROM service_month
            JOIN ({BOOKED}) AS booked ON booked.service_month_id = service_month.id
            WHERE documented_at IS NOT NULL GROUP BY 1
        ) AS deducted ON deducted.invoice_id = document.invoice_id
        WHERE document.kind = 'advance_invoice' AND correction = 0 AND (
            coalesce(used.vat, 0) <> coalesce(deducted.vat, 0)
            OR used.gross > total_minor OR used.vat > vat_minor
        )
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV4",
        "a tax document is the sum of its lines",
        "a register adds up to something else than its documents",
        """
        SELECT document.id, document.customer_id FROM document LEFT JOIN (
            SELECT document_id, sum(gross_minor) AS gross, sum(vat_minor) AS vat, min(currency) AS least,
                max(currency) AS most FROM document_line GROUP BY 1
        ) AS line ON line.document_id = document.id
        WHERE kind NOT IN ('invoice', 'receipt', 'reconciliation') AND (
            coalesce(gross, 0) <> total_minor OR coalesce(vat, 0) <> vat_minor
            OR least <> currency OR most <> currency
        )
        """,
    ),
    Invariant(
        "INV3",
        "every payment of new money has its receipt over its amount",
        "the customer can't prove what was paid",
        """
        SELECT payment.id, payment.customer_id FROM payment
        LEFT JOIN document ON document.payment_id = payment.id AND kind = 'receipt' AND refund_id IS NULL
        WHERE documented_at > 'epoch' AND (
            (provider <> 'balance') <> (document.id IS NOT NULL) OR total_minor <> amount_minor
        )
        """,
    ),
    _forgotten("service_month", "recognised_at", "recognised_at IS NOT NULL",
               "service that was given has its documents, or a task says why not"),
    _forgotten("invoice", "coalesce(paid_at, issued_at)", "(status = 'paid' OR purpose = 'usage')",
               "a prepayment has its VAT invoice, or a task says why not"),
    _forgotten("payment", "received_at", "true", "a payment has its receipt, or a task says why not"),
    _forgotten("refund", "sent_at", "status = 'sent'", "a refund has its receipt, or a task says why not"),
)  # fmt: skip
