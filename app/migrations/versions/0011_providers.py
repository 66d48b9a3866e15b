"""Refunds made at providers, invoices paid by PayPal, and until when a card is valid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = ("card", "bank_transfer", "paypal")
KINDS_BEFORE = ("card", "bank_transfer")
SOURCES = ("requested", "made_at_provider")
REFUND_CHECKS = {
    "made_has_name": "source <> 'made_at_provider' OR provider_reference IS NOT NULL",
    "line_of_subscription": "(invoice_line_id IS NULL) = (subscription_id IS NULL)",
    "ours_has_line": "source = 'made_at_provider' OR invoice_line_id IS NOT NULL",
}
WITHIN = "unallocated_refunded_minor BETWEEN 0 AND least(unallocated_minor, refunded_minor)"

PAID_BY_PAYPAL = """
    UPDATE invoice SET method = 'paypal' WHERE method = 'card' AND EXISTS (
        SELECT FROM payment WHERE invoice_id = invoice.id AND provider = 'paypal'
        AND unallocated_minor < amount_minor
    )
"""


def upgrade() -> None:
    """Every refund so far was asked for; what PayPal paid says so from now on."""
    op.add_column("payment_method", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("payment_method", sa.Column("expiry_noticed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_payment_method_running_out",
        "payment_method",
        ["valid_until"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    _set_method_kinds(KINDS)
    op.execute(PAID_BY_PAYPAL)
    op.execute("UPDATE payment SET method_label = 'PayPal' WHERE method_label = 'paypal'")
    op.create_index(
        "ix_payment_without_method",
        "payment",
        ["provider"],
        postgresql_where=sa.text("method_label NOT LIKE '%•%'"),
    )
    op.add_column(
        "payment",
        sa.Column("unallocated_refunded_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.alter_column("payment", "unallocated_refunded_minor", server_default=None)
    op.create_check_constraint(op.f("ck_payment_unallocated_refunded_range"), "payment", WITHIN)
    op.add_column(
        "refund",
        sa.Column(
            "source",
            sa.Enum(*SOURCES, name="refund_source", native_enum=False, create_constraint=False, length=32),
            nullable=False,
            server_default="requested",
        ),
    )
    op.alter_column("refund", "source", server_default=None)
    op.create_check_constraint("refund_source", "refund", _one_of("source", SOURCES))
    for column in ("invoice_line_id", "subscription_id"):
        op.alter_column("refund", column, existing_type=sa.BigInteger(), nullable=True)
    op.alter_column("refund", "decision_code", existing_type=sa.String(length=64), nullable=True)
    for name, condition in REFUND_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_refund_{name}"), "refund", condition)
    op.create_index(
        "uq_refund_made_at_provider",
        "refund",
        ["payment_id", "provider_reference", sa.text("coalesce(invoice_line_id, 0)")],
        unique=True,
        postgresql_where=sa.text("source = 'made_at_provider'"),
    )


def downgrade() -> None:
    """Refunds of no line can't stand in the schema before: it is refused while there is one."""
    op.drop_index("uq_refund_made_at_provider", table_name="refund")
    for name in REFUND_CHECKS:
        op.drop_constraint(op.f(f"ck_refund_{name}"), "refund", type_="check")
    op.execute("UPDATE refund SET decision_code = 'MADE_AT_PROVIDER' WHERE decision_code IS NULL")
    op.alter_column("refund", "decision_code", existing_type=sa.String(length=64), nullable=False)
    for column in ("subscription_id", "invoice_line_id"):
        op.alter_column("refund", column, existing_type=sa.BigInteger(), nullable=False)
    op.drop_column("refund", "source")
    op.drop_column("payment", "unallocated_refunded_minor")
    op.drop_index("ix_payment_without_method", table_name="payment")
    op.execute("UPDATE invoice SET method = 'card' WHERE method = 'paypal'")
    op.execute("UPDATE subscription SET method = 'card' WHERE method = 'paypal'")
    _set_method_kinds(KINDS_BEFORE)
    op.drop_index("ix_payment_method_running_out", table_name="payment_method")
    op.drop_column("payment_method", "expiry_noticed_at")
    op.drop_column("payment_method", "valid_until")


def _set_method_kinds(kinds: tuple[str, ...]) -> None:
    for table in ("invoice", "subscription"):
        op.drop_constraint("method", table, type_="check")
        op.create_check_constraint("method", table, _one_of("method", kinds))


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
