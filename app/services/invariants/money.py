"""INV1, INV2, INV4, INV5, INV8: money is never lost, doubled or believed without proof."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

STARTED_LINES = """
    SELECT line.invoice_id, sum(line.total_minor) AS started FROM invoice_line AS line
    JOIN invoice AS paid ON paid.id = line.invoice_id AND paid.status = 'paid'
    LEFT JOIN subscription_period ON subscription_period.invoice_line_id = line.id
    WHERE subscription_period.id IS NOT NULL OR line.operation_price_id IS NOT NULL GROUP BY 1
"""
DECIDED = "status IN ('approved', 'sending', 'sent', 'failed')"
"""Refunds that have taken from their payments."""

MONEY = (
    Invariant(
        "INV1",
        "money that was used equals the lines that started",
        "money was lost, or a period started without it",
        f"""
        SELECT invoice.id, invoice.customer_id FROM invoice
        LEFT JOIN (SELECT invoice_id, sum(amount_minor - unallocated_minor) AS used FROM payment GROUP BY 1)
            AS money ON money.invoice_id = invoice.id
        LEFT JOIN ({STARTED_LINES}) AS lines ON lines.invoice_id = invoice.id
        WHERE coalesce(used, 0) <> coalesce(started, 0)
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV1",
        "money that paid nothing has a task for staff",
        "nobody would give it back",
        """
        SELECT payment.id, payment.customer_id FROM payment WHERE unallocated_minor > 0 AND NOT EXISTS (
            SELECT FROM staff_task WHERE kind = 'unallocated_payment' AND object_id = payment.id::text
        )
        """,
    ),
    Invariant(
        "INV2",
        "refunds take from a payment exactly what it says, and never more than it was",
        "money goes out twice",
        # A refund takes from its own payment what returns to that, and the rest from the balance's payment.
        f"""
        SELECT payment.id, payment.customer_id FROM payment
        LEFT JOIN (SELECT payment_id, sum(to_method_minor) AS sent FROM refund WHERE {DECIDED} GROUP BY 1)
            AS own ON own.payment_id = payment.id AND payment.provider <> 'balance'
        LEFT JOIN (
            SELECT invoice_id, sum(refund.amount_minor - to_method_minor) AS credited
            FROM refund JOIN payment AS original ON original.id = payment_id WHERE {DECIDED} GROUP BY 1
        ) AS rest ON rest.invoice_id = payment.invoice_id AND payment.provider = 'balance'
        WHERE refunded_minor <> coalesce(sent, 0) + coalesce(credited, 0) OR refunded_minor > amount_minor
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV4",
        "an unpaid invoice has used no money",
        "the customer paid and the invoice does not know",
        """
        SELECT invoice.id, invoice.customer_id FROM invoice JOIN payment ON payment.invoice_id = invoice.id
        WHERE status <> 'paid' AND unallocated_minor < amount_minor
        """,
    ),
    Invariant(
        "INV4",
        "an invoice is the sum of its lines",
        "the customer was asked for another sum than is printed",
        """
        SELECT invoice.id, min(invoice.customer_id) FROM invoice
        LEFT JOIN invoice_line ON invoice_line.invoice_id = invoice.id
        GROUP BY invoice.id
        HAVING coalesce(sum(invoice_line.total_minor), -1) <> invoice.total_minor
        OR coalesce(sum(invoice_line.vat_minor), -1) <> invoice.vat_minor
        OR bool_or(invoice_line.currency <> invoice.currency)
        """,
    ),
    Invariant(
        "INV4",
        "the VAT of a line is the rate's share of its price, rounded half-up",
        "a wrong tax was shown and will be paid",
        """
        SELECT invoice_line.id, customer_id FROM invoice_line JOIN invoice ON invoice.id = invoice_id
        WHERE invoice_line.vat_minor <> CASE WHEN vat_rate IS NULL THEN 0
        ELSE (2 * invoice_line.total_minor * vat_rate + 10000 + vat_rate) / (2 * (10000 + vat_rate)) END
        """,
    ),
    Invariant(
        "INV5",
        "at most one attempt of an invoice is in doubt",
        "the customer could be charged twice",
        """
        SELECT invoice_id, min(customer_id) FROM payment_attempt JOIN invoice ON invoice.id = invoice_id
        WHERE state IN ('started', 'unknown') GROUP BY 1 HAVING count(*) > 1
        """,
    ),
    Invariant(
        "INV5",
        "one payment at most pays an invoice, beside the customer's balance",
        "the customer was charged twice for one thing",
        """
        SELECT invoice_id, min(customer_id) FROM payment
        WHERE provider <> 'balance' AND unallocated_minor < amount_minor GROUP BY 1 HAVING count(*) > 1
        """,
    ),
    Invariant(
        "INV8",
        "a succeeded attempt has one payment of its amount",
        "the provider took money that is not booked, or other money than was asked for",
        """
        SELECT payment_attempt.id, invoice.customer_id FROM payment_attempt
        JOIN invoice ON invoice.id = payment_attempt.invoice_id
        LEFT JOIN payment ON payment.attempt_id = payment_attempt.id
        WHERE (state = 'succeeded') <> (payment.id IS NOT NULL)
        OR payment.amount_minor <> payment_attempt.amount_minor
        OR payment.currency <> payment_attempt.currency
        """,
    ),
)
