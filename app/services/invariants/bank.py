"""INV8 of the bank: what was booked of a statement's line is the line's money, no more and no less (H4)."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

BANK = (
    Invariant(
        "INV8",
        "a booked bank line equals its payments",
        "money of a transfer was lost on the way to its invoices, or made up",
        """
        SELECT bank_line.id, min(payment.customer_id) FROM bank_line
        LEFT JOIN bank_line_share AS share ON share.line_id = bank_line.id
        LEFT JOIN payment ON payment.id = share.payment_id
        GROUP BY bank_line.id
        HAVING coalesce(sum(share.amount_minor), 0)
            <> CASE WHEN bank_line.state = 'matched' THEN bank_line.amount_minor ELSE 0 END
        OR bool_or(payment.amount_minor <> share.amount_minor OR payment.currency <> bank_line.currency
            OR payment.invoice_id <> share.invoice_id OR payment.provider <> 'bank')
        """,
    ),
    Invariant(
        "INV8",
        "a refund leaves with one bank line at most, of its sum",
        "the bank sent another sum than was owed, or sent it twice",
        """
        SELECT refund.id, min(refund.customer_id) FROM bank_line
        JOIN refund ON refund.id = bank_line.refund_id JOIN payment ON payment.id = refund.payment_id
        GROUP BY refund.id
        HAVING count(*) > 1 OR bool_or(refund.status <> 'sent' OR bank_line.direction <> 'out'
            OR bank_line.amount_minor <> refund.to_method_minor OR bank_line.currency <> refund.currency
            OR coalesce(refund.through, payment.provider) <> 'bank')
        """,
    ),
)
