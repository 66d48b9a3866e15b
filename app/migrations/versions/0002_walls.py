"""Walls that no code path can pass: append-only history, issued documents and prices that never change."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entry", "status_change")
FROZEN_COLUMNS = {
    "document": (
        "seller_id", "customer_id", "invoice_id", "kind", "number", "issued_on", "snapshot", "created_at",
    ),
    "invoice": (
        "seller_id", "customer_id", "payer_id", "cart_id", "series", "year", "number", "currency",
        "total_minor", "vat_minor", "issued_on", "issued_at",
    ),
    "invoice_line": (
        "invoice_id", "position", "subscription_id", "price_version_id", "description", "interval",
        "currency", "total_minor", "vat_rate", "vat_minor",
    ),
    "payment": ("customer_id", "invoice_id", "attempt_id", "provider", "provider_reference", "currency",
                "amount_minor", "received_at"),
    "price_version": ("connector_id", "interval", "currency", "amount_minor", "valid_from"),
    "subscription_period": ("subscription_id", "starts_at", "price_version_id", "invoice_line_id"),
}  # fmt: skip


def upgrade() -> None:
    """Install the triggers."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: rows are append-only', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table, columns in FROZEN_COLUMNS.items():
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Remove the triggers."""
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    for table in FROZEN_COLUMNS:
        op.execute(f"DROP TRIGGER frozen ON {table}")
        op.execute(f"DROP TRIGGER kept ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
