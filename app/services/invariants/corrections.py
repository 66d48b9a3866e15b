"""INV3 and INV7: КСФ, УКД and fiscal receipts say what the ledger says, and none is forgotten (J3, 54-ФЗ)."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

LOWERED = """
    SELECT refund_id, invoice_line_id, service_month_id,
        sum(ledger_entry.amount_minor) FILTER (WHERE kind = 'service_refund') AS gross,
        coalesce(sum(ledger_entry.amount_minor) FILTER (WHERE kind = 'service_vat_reduced'), 0) AS vat
    FROM ledger_entry JOIN refund ON refund.id = refund_id
    WHERE kind IN ('service_refund', 'service_vat_reduced') GROUP BY 1, 2, 3
"""
"""What refunds took from service that was given: a month, or the operations of a line."""

CORRECTIONS = (
    Invariant(
        "INV3",
        "a КСФ or УКД lowers service by what its refund took from it",
        "the buyer would give back another VAT than the seller deducts",
        f"""
        SELECT document.id, document.customer_id FROM document
        JOIN document_line ON document_line.document_id = document.id
        LEFT JOIN ({LOWERED}) AS lowered ON lowered.refund_id = document.refund_id
            AND lowered.invoice_line_id = document_line.invoice_line_id
            AND lowered.service_month_id IS NOT DISTINCT FROM document_line.service_month_id
        WHERE document.kind IN ('vat_adjustment', 'transfer_adjustment')
        AND (
            coalesce(lowered.gross, 0) <> -gross_minor
            OR coalesce(lowered.vat, 0) <> -document_line.vat_minor
        )
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV7",
        "a refund of documented service has its КСФ or УКД, or a task says why not",
        "the law gives five days, and nobody knows that they run",
        f"""
        SELECT refund.id, refund.customer_id FROM refund
        JOIN ({LOWERED}) AS lowered ON lowered.refund_id = refund.id
        JOIN document_line ON document_line.invoice_line_id = lowered.invoice_line_id
            AND document_line.service_month_id IS NOT DISTINCT FROM lowered.service_month_id
        WHERE document_line.kind IN ('vat_invoice', 'act', 'transfer') AND correction = 0 AND NOT EXISTS (
            SELECT FROM document WHERE document.refund_id = refund.id
            AND adjusts_id = document_line.document_id
        ) AND coalesce(decided_at, requested_at) < (
            SELECT max(created_at) FROM document WHERE adjusts_id IS NOT NULL
        ) - interval '1 hour' AND NOT EXISTS (
            SELECT FROM staff_task WHERE staff_task.kind LIKE 'documents:%' AND done_at IS NULL
            AND staff_task.customer_id = refund.customer_id
        )
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV3",
        "a fiscal receipt is over what was settled",
        "the tax office hears of other money than has moved",
        """
        SELECT fiscal_receipt.id, fiscal_receipt.customer_id FROM fiscal_receipt
        LEFT JOIN payment ON payment.id = fiscal_receipt.payment_id
        LEFT JOIN refund ON refund.id = fiscal_receipt.refund_id
        LEFT JOIN (
            SELECT receipt_id, sum(amount_minor) AS given FROM fiscal_receipt_month
            JOIN ledger_entry USING (service_month_id) WHERE kind = 'service_given' GROUP BY 1
        ) AS service ON service.receipt_id = fiscal_receipt.id
        WHERE total_minor <> coalesce(CASE fiscal_receipt.kind
            WHEN 'payment' THEN payment.amount_minor
            WHEN 'refund' THEN refund.to_method_minor
            ELSE service.given END, 0)
        """,
    ),
)
