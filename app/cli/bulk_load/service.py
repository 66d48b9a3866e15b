"""Writes what followed from the purchases of a chunk: periods, service months, the ledger, histories."""

from __future__ import annotations

SERVICE = (
    """
    INSERT INTO subscription_period (subscription_id, starts_at, ends_at, price_version_id, invoice_line_id)
    SELECT subscription_id, starts_at, ends_at, price_version_id, line_id
    FROM new_line JOIN known_line USING (moment, ordinal, place) JOIN known_period USING (moment, ordinal)
    """,
    """
    INSERT INTO service_month (id, seller_id, customer_id, payer_id, invoice_id, invoice_line_id,
        subscription_id, ordinal, starts_at, ends_at, last_day, currency, gross_minor, advance_vat_minor,
        refunded_minor, refunded_advance_vat_minor, recognised_at, vat_rate, vat_minor,
        documented_at)
    SELECT service_month_id, :seller_id, customer_id, payer_id, invoice_id, line_id, subscription_id, 1,
        starts_at, ends_at, last_day, 'RUB', total_minor, vat_minor, 0, 0, recognised_at,
        CASE WHEN recognised_at IS NOT NULL THEN service_vat_rate END,
        CASE WHEN recognised_at IS NOT NULL THEN service_vat_minor END,
        CASE WHEN recognised_at IS NOT NULL THEN 'epoch'::timestamptz END
    FROM new_line JOIN known_line USING (moment, ordinal, place) JOIN known_period USING (moment, ordinal)
    """,
    """
    INSERT INTO ledger_entry (seller_id, customer_id, kind, debit, credit, currency, amount_minor, at,
        booked_on, invoice_id, payment_id)
    SELECT :seller_id, customer_id, kind, debit, credit, 'RUB', minor, paid_at, issued_on, invoice_id,
        payment_id
    FROM new_invoice JOIN known_period USING (moment, ordinal)
    JOIN known_invoice USING (moment, ordinal, share)
    CROSS JOIN LATERAL (VALUES
        ('money_received', :cash, 'advances', total_minor),
        ('advance_vat', 'vat_on_advances', 'vat_payable', vat_minor)
    ) AS entry (kind, debit, credit, minor) WHERE minor > 0
    """,
    """
    INSERT INTO ledger_entry (seller_id, customer_id, kind, debit, credit, currency, amount_minor, at,
        booked_on, invoice_id, service_month_id)
    SELECT :seller_id, customer_id, kind, debit, credit, 'RUB', minor, recognised_at, last_day, invoice_id,
        service_month_id
    FROM new_line JOIN known_line USING (moment, ordinal, place) JOIN known_period USING (moment, ordinal)
    CROSS JOIN LATERAL (VALUES
        ('service_given', 'receivable', 'revenue', total_minor),
        ('service_vat', 'revenue', 'vat_payable', service_vat_minor),
        ('advance_offset', 'advances', 'receivable', total_minor),
        ('advance_vat_deducted', 'vat_payable', 'vat_on_advances', vat_minor)
    ) AS entry (kind, debit, credit, minor) WHERE recognised_at IS NOT NULL AND minor > 0
    """,
)


def _history(kind: str, rows: str, changes: str) -> str:
    """History of objects: `rows` answer id, instant and condition columns, `changes` are old, new, reason."""
    return f"""
        INSERT INTO status_change (object_kind, object_id, old_status, new_status, at, actor_kind,
            actor_identity, reason)
        SELECT '{kind}', object.id, old_status, new_status, at, 'system', :actor, reason
        FROM ({rows}) AS object
        CROSS JOIN LATERAL (VALUES {changes}) AS change (place, old_status, new_status, reason)
        WHERE reason IS NOT NULL ORDER BY object.at, object.id, place
    """  # noqa: S608 - our own constants


HISTORY = (
    _history(
        "customer",
        "SELECT customer_id AS id, bought_at AS at FROM new_customer JOIN known_moment USING (moment)",
        "(1, NULL, 'unconfirmed', 'registered'), (2, 'unconfirmed', 'active', 'address confirmed')",
    ),
    _history(
        "api_key",
        "SELECT key_id AS id, bought_at AS at FROM new_customer JOIN known_moment USING (moment)",
        "(1, NULL::text, 'unclaimed', 'created')",
    ),
    _history(
        "subscription",
        "SELECT subscription_id AS id, bought_at AS at FROM new_subscription JOIN new_customer USING (n)"
        " JOIN known_moment USING (moment)",
        "(1, NULL, 'pending', 'ordered'), (2, 'pending', 'active', 'invoice paid')",
    ),
    _history(
        "invoice",
        "SELECT invoice_id AS id, paid_at AS at FROM new_invoice JOIN known_period USING (moment, ordinal)",
        "(1, NULL, 'open', 'issued'), (2, 'open', 'paid', :paid)",
    ),
    _history(
        "payment_attempt",
        "SELECT attempt_id AS id, paid_at AS at, ordinal = 0 AS on_page"
        " FROM new_invoice JOIN known_period USING (moment, ordinal)",
        "(1, NULL, 'started', 'claimed'),"
        " (2, 'started', 'awaiting_customer', CASE WHEN on_page THEN 'provider: awaiting_customer' END),"
        " (3, CASE WHEN on_page THEN 'awaiting_customer' ELSE 'started' END, 'succeeded',"
        " 'provider: succeeded')",
    ),
)
