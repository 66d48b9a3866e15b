"""Corrections of documents and fiscal receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FROZEN = (
    "external_id", "seller_id", "customer_id", "payer_id", "kind", "payment_id", "refund_id", "currency",
    "total_minor", "settled_on", "due_on", "snapshot", "created_at",
)  # fmt: skip
OF_A_MONTH = sa.text("service_month_id IS NOT NULL")


def upgrade() -> None:
    """Let two refunds lower one service month; keep fiscal receipts."""
    op.drop_index("uq_ledger_entry_service_month", "ledger_entry")
    op.create_index(
        "uq_ledger_entry_service_month",
        "ledger_entry",
        ["service_month_id", "kind", "refund_id"],
        unique=True,
        postgresql_where=OF_A_MONTH,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_ledger_entry_refund",
        "ledger_entry",
        ["refund_id"],
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )
    op.create_table(
        "fiscal_receipt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _enumeration("kind", "payment", "service", "refund"), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("snapshot", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("state", _enumeration("state", "promised", "registered", "failed"), nullable=False),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_fiscal_receipt_{name}"))
            for name, rule in (
                ("total_positive", "total_minor > 0"),
                ("of_a_payment", "(kind <> 'service') = (payment_id IS NOT NULL)"),
                ("of_a_refund", "(kind = 'refund') = (refund_id IS NOT NULL)"),
                ("registered_at_with_state", "(state = 'registered') = (registered_at IS NOT NULL)"),
                ("failed_with_code", "(state = 'failed') = (failure_code IS NOT NULL)"),
            )
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"], [f"{table}.id"], name=op.f(f"fk_fiscal_receipt_{table}_id_{table}")
            )
            for table in ("seller", "customer", "payer", "payment", "refund")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_receipt")),
        sa.UniqueConstraint("external_id", name=op.f("uq_fiscal_receipt_external_id")),
    )
    for of in ("payment", "refund"):
        op.create_index(
            f"uq_fiscal_receipt_{of}",
            "fiscal_receipt",
            [f"{of}_id"],
            unique=True,
            postgresql_where=sa.text(f"kind = '{of}'"),
        )
    op.create_index("ix_payment_received", "payment", ["received_at"])
    op.create_index("ix_fiscal_receipt_customer", "fiscal_receipt", ["customer_id", "id"])
    op.create_index(
        "ix_fiscal_receipt_open",
        "fiscal_receipt",
        ["due_on"],
        postgresql_where=sa.text("state <> 'registered'"),
    )
    op.create_table(
        "fiscal_receipt_month",
        sa.Column("service_month_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_month_id"],
            ["service_month.id"],
            name=op.f("fk_fiscal_receipt_month_service_month_id_service_month"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["fiscal_receipt.id"],
            name=op.f("fk_fiscal_receipt_month_receipt_id_fiscal_receipt"),
        ),
        sa.PrimaryKeyConstraint("service_month_id", name=op.f("pk_fiscal_receipt_month")),
    )
    op.create_index("ix_fiscal_receipt_month_receipt_id", "fiscal_receipt_month", ["receipt_id"])
    _keep()


def downgrade() -> None:
    """Forget the receipts; a month lowered twice makes the old index impossible."""
    op.drop_table("fiscal_receipt_month")
    op.drop_table("fiscal_receipt")
    op.drop_index("ix_payment_received", "payment")
    op.drop_index("ix_ledger_entry_refund", "ledger_entry")
    op.drop_index("uq_ledger_entry_service_month", "ledger_entry")
    op.create_index(
        "uq_ledger_entry_service_month",
        "ledger_entry",
        ["service_month_id", "kind"],
        unique=True,
        postgresql_where=OF_A_MONTH,
    )


def _keep() -> None:
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in FROZEN)
    op.execute(
        f"CREATE TRIGGER frozen BEFORE UPDATE ON fiscal_receipt FOR EACH ROW WHEN ({changed}) "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE ON fiscal_receipt FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON fiscal_receipt_month "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _enumeration(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
