"""Bank statements, their lines, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# fmt: off
FROZEN_COLUMNS = {
    "bank_statement": (
        "seller_id", "account", "currency", "starts_on", "ends_on", "opening_minor", "closing_minor",
        "turnover_in_minor", "turnover_out_minor", "line_count", "in_minor", "out_minor", "file_sha256",
        "position", "imported_at", "imported_by",
    ),
    "bank_line": (
        "statement_id", "seller_id", "account", "fingerprint", "position", "booked_on", "direction",
        "currency", "amount_minor",
    ),
}
# fmt: on
KEPT = ("bank_statement", "bank_line")
BOOKED_FOR_GOOD = "OLD.state IN ('matched', 'settled_refund') AND NEW.state <> OLD.state"


def upgrade() -> None:
    """Add the tables and their walls."""
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=True),
        sa.Column("closing_minor", sa.BigInteger(), nullable=True),
        sa.Column("turnover_in_minor", sa.BigInteger(), nullable=True),
        sa.Column("turnover_out_minor", sa.BigInteger(), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("in_minor", sa.BigInteger(), nullable=False),
        sa.Column("out_minor", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=100), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("file_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_bank_statement_file_sha256_form")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_bank_statement_ends_after_start")),
        sa.CheckConstraint(
            "line_count >= 0 AND in_minor >= 0 AND out_minor >= 0",
            name=op.f("ck_bank_statement_sums_not_negative"),
        ),
        sa.CheckConstraint("position > 0", name=op.f("ck_bank_statement_position_positive")),
        sa.CheckConstraint("turnover_in_minor = in_minor", name=op.f("ck_bank_statement_turnover_in_agrees")),
        sa.CheckConstraint(
            "turnover_out_minor = out_minor", name=op.f("ck_bank_statement_turnover_out_agrees")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_bank_statement_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint(
            "seller_id",
            "file_sha256",
            "position",
            name=op.f("uq_bank_statement_seller_id_file_sha256_position"),
        ),
    )
    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("party_name", sa.Text(), nullable=False),
        sa.Column("party_inn", sa.String(length=12), nullable=True),
        sa.Column("party_account", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "unmatched",
                "matched",
                "settled_refund",
                "ignored",
                name="bank_line_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "finding",
            sa.Enum(
                "exact",
                "split",
                "overpaid",
                "late",
                "refund",
                "outgoing",
                "no_number",
                "unknown_number",
                "ambiguous",
                "other_currency",
                "other_payer",
                "payer_unconfirmed",
                "already_paid",
                "void",
                "charge_in_progress",
                "sums_differ",
                "underpaid",
                "refund_unknown",
                "refund_sum",
                "refused",
                name="bank_finding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state = 'settled_refund') = (refund_id IS NOT NULL)",
            name=op.f("ck_bank_line_refund_with_state"),
        ),
        sa.CheckConstraint(
            "(state = 'unmatched') = (decided_at IS NULL)", name=op.f("ck_bank_line_decided_with_state")
        ),
        sa.CheckConstraint(
            "state <> 'ignored' OR reason IS NOT NULL", name=op.f("ck_bank_line_ignored_with_reason")
        ),
        sa.CheckConstraint(
            "state <> 'matched' OR direction = 'in'", name=op.f("ck_bank_line_money_comes_in")
        ),
        sa.CheckConstraint(
            "state <> 'settled_refund' OR direction = 'out'", name=op.f("ck_bank_line_refund_goes_out")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_bank_line_decided_whole")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bank_line_amount_positive")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_bank_line_refund_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_bank_line_seller_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statement.id"], name=op.f("fk_bank_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint(
            "seller_id", "account", "fingerprint", name=op.f("uq_bank_line_seller_id_account_fingerprint")
        ),
    )
    op.create_index(
        "ix_bank_line_queue",
        "bank_line",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'unmatched'"),
    )
    op.create_index("ix_bank_line_refund", "bank_line", ["refund_id"], unique=False)
    op.create_index("ix_bank_line_statement", "bank_line", ["statement_id", "position"], unique=False)
    op.create_table(
        "bank_line_share",
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bank_line_share_amount_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_bank_line_share_invoice_id")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_bank_line_share_line_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_bank_line_share_payment_id")),
        sa.PrimaryKeyConstraint("line_id", "invoice_id", name=op.f("pk_bank_line_share")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bank_line_share_payment_id")),
    )
    op.create_index("ix_bank_line_share_invoice", "bank_line_share", ["invoice_id"], unique=False)

    for table, columns in FROZEN_COLUMNS.items():
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_change()"
        )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER booked_for_good BEFORE UPDATE ON bank_line "
        f"FOR EACH ROW WHEN ({BOOKED_FOR_GOOD}) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON bank_line_share "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Forget them; the payments stay."""
    for table in ("bank_line_share", "bank_line", "bank_statement"):
        op.drop_table(table)
