"""INV14 and INV15: what is one customer's is nobody else's, and no secret stands in plain text."""

from __future__ import annotations

from app.services.invariants.invariant import Invariant

KEY_PATTERN = "bpm_(prod|trial|test)_[A-Za-z0-9]{32}"


def _owner(child: str, join: str, owner: str) -> Invariant:
    parent = "invoice" if owner.startswith(f"{child}.") else owner.partition(".")[0]
    return Invariant(
        "INV14",
        f"{child} and its {parent} belong to one customer",
        "one customer could see or pay what is another's",
        f"SELECT {child}.id, invoice.customer_id FROM {child} {join} WHERE {owner} <> invoice.customer_id",  # noqa: S608
    )


TENANTS = (
    _owner("payment", "JOIN invoice ON invoice.id = payment.invoice_id", "payment.customer_id"),
    _owner("document", "JOIN invoice ON invoice.id = document.invoice_id", "document.customer_id"),
    _owner(
        "service_month", "JOIN invoice ON invoice.id = service_month.invoice_id", "service_month.customer_id"
    ),
    _owner(
        "ledger_entry", "JOIN invoice ON invoice.id = ledger_entry.invoice_id", "ledger_entry.customer_id"
    ),
    _owner("invoice", "JOIN payer ON payer.id = invoice.payer_id", "payer.customer_id"),
    _owner("invoice", "JOIN cart ON cart.id = invoice.cart_id", "cart.customer_id"),
    _owner(
        "invoice_line",
        "JOIN invoice ON invoice.id = invoice_line.invoice_id"
        " JOIN subscription ON subscription.id = invoice_line.subscription_id",
        "subscription.customer_id",
    ),
    _owner(
        "payment_attempt",
        "JOIN invoice ON invoice.id = payment_attempt.invoice_id"
        " JOIN payment_method ON payment_method.id = payment_attempt.payment_method_id",
        "payment_method.customer_id",
    ),
    Invariant(
        "INV15",
        "no API key stands anywhere in plain text",
        "whoever reads the database or a backup could use it",
        f"""
        SELECT 'audit_entry ' || id, NULL::bigint FROM audit_entry
            WHERE details::text ~ '{KEY_PATTERN}' OR reason ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'status_change ' || id, NULL FROM status_change WHERE reason ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'outbox_message ' || id, NULL FROM outbox_message
            WHERE payload::text ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'api_key ' || id, NULL FROM api_key WHERE concat(name, group_name) ~ '{KEY_PATTERN}'
        UNION ALL SELECT 'document ' || id, NULL FROM document WHERE snapshot::text ~ '{KEY_PATTERN}'
        """,  # noqa: S608 - our own pattern
    ),
)
