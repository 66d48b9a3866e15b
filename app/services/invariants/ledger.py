"""INV1 and INV3: the ledger says the same as the rows that it was written for."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

BALANCES = """
    SELECT customer_id, currency, account, sum(minor) AS minor FROM (
        SELECT customer_id, currency, debit AS account, amount_minor AS minor FROM ledger_entry
        UNION ALL SELECT customer_id, currency, credit, -amount_minor FROM ledger_entry
    ) AS side GROUP BY 1, 2, 3
"""
"""Debit minus credit of every account of every customer."""


def _account_is(number: str, account: str, sign: str, rows: str, name: str, reason: str) -> Invariant:
    """An account of each customer is what `rows` (customer, currency, minor) add up to, on side `sign`."""
    return Invariant(
        number,
        name,
        reason,
        f"""
        SELECT concat_ws(' ', customer_id, currency), customer_id FROM (
            SELECT customer_id, currency, {sign}minor AS minor FROM ({BALANCES}) AS balance
            WHERE account = '{account}'
            UNION ALL SELECT customer_id, currency, -minor FROM ({rows}) AS expected
        ) AS difference GROUP BY customer_id, currency HAVING sum(minor) <> 0
        """,  # noqa: S608 - our own queries
    )


LEDGER = (
    Invariant(
        "INV3",
        "no account of a customer stands on the side where it can never be",
        "something was booked twice, or in part",
        f"""
        SELECT concat_ws(' ', customer_id, currency, account), customer_id FROM ({BALANCES}) AS balance
        WHERE CASE
            WHEN account IN ('receivable', 'vat_on_advances', 'goodwill_granted', 'fees', 'bad_debts')
                THEN minor < 0
            WHEN account LIKE 'cash:%' OR account IN ('vat_payable', 'revenue') THEN false
            ELSE minor > 0
        END
        """,  # noqa: S608 - our own query
    ),
    Invariant(
        "INV3",
        "the money of every payment stands in the ledger",
        "the books and the payments differ",
        """
        SELECT payment.id, payment.customer_id FROM payment LEFT JOIN (
            SELECT payment_id, sum(amount_minor) AS booked FROM ledger_entry
            WHERE kind IN ('money_received', 'money_unallocated', 'balance_used') GROUP BY 1
        ) AS entries ON entries.payment_id = payment.id
        WHERE coalesce(booked, 0) <> amount_minor
        """,
    ),
    _account_is(
        "INV3",
        "advances",
        "-",
        "SELECT customer_id, currency, sum(gross_minor - refunded_minor) AS minor FROM service_month"
        " WHERE recognised_at IS NULL GROUP BY 1, 2",
        "advances are the paid service that is still to be given",
        "revenue would be too high or too low",
    ),
    _account_is(
        "INV3",
        "vat_on_advances",
        "",
        "SELECT customer_id, currency, sum(advance_vat_minor - refunded_advance_vat_minor) AS minor"
        " FROM service_month WHERE recognised_at IS NULL GROUP BY 1, 2",
        "the VAT on advances is that of the service still to be given",
        "VAT would be paid twice or not at all",
    ),
    _account_is(
        "INV1",
        "customer_balance",
        "-",
        "SELECT customer_id, currency, amount_minor AS minor FROM customer_credit WHERE kind = 'balance'"
        " UNION ALL SELECT customer_id, currency, balance_minor FROM invoice WHERE status = 'open'",
        "a customer's balance is what the ledger says, less what open invoices have reserved",
        "the customer's own money was lost or made up",
    ),
    _account_is(
        "INV1",
        "goodwill",
        "-",
        "SELECT customer_id, currency, amount_minor AS minor FROM customer_credit WHERE kind = 'goodwill'"
        " UNION ALL SELECT customer_id, currency, goodwill_minor FROM invoice WHERE status = 'open'",
        "a customer's goodwill is what the ledger says, less what open invoices have reserved",
        "a promised discount was lost or made up",
    ),
    _account_is(
        "INV3",
        "receivable",
        "",
        "SELECT customer_id, currency, total_minor AS minor FROM invoice"
        " WHERE status = 'open' AND purpose = 'usage'"
        " UNION ALL SELECT customer_id, currency, lost_minor - paid_minor - written_off_minor FROM dispute",
        "what customers owe is usage that they have not paid, and what banks took back of payments",
        "the books demand money that nobody owes, or forget some",
    ),
    Invariant(
        "INV3",
        "what is still to be sent of a refund is all that returns to its method, until it is sent",
        "money would go out twice, or be forgotten",
        """
        SELECT refund.id, refund.customer_id FROM refund LEFT JOIN (
            SELECT refund_id, sum(CASE WHEN credit = 'refunds_payable' THEN amount_minor ELSE 0 END)
                - sum(CASE WHEN debit = 'refunds_payable' THEN amount_minor ELSE 0 END) AS owed
            FROM ledger_entry WHERE refund_id IS NOT NULL GROUP BY 1
        ) AS entries ON entries.refund_id = refund.id
        WHERE coalesce(owed, 0) <> CASE WHEN status IN ('approved', 'sending', 'failed') THEN to_method_minor
            ELSE 0 END
        """,
    ),
    Invariant(
        "INV3",
        "the months of a line add up to the line",
        "revenue would differ from what was paid",
        """
        SELECT invoice_line_id, min(service_month.customer_id) FROM service_month
        JOIN invoice_line ON invoice_line.id = invoice_line_id
        GROUP BY invoice_line_id HAVING sum(gross_minor) <> min(invoice_line.total_minor)
        """,
    ),
)
