"""Refunds that leave another way than their money came, debts of lost disputes, further bank accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SETTLED = "paid_minor >= 0 AND written_off_minor >= 0 AND paid_minor + written_off_minor <= lost_minor"
FINDINGS = (
    "exact", "split", "overpaid", "late", "refund", "outgoing", "no_number", "unknown_number", "ambiguous",
    "other_currency", "other_payer", "payer_unconfirmed", "already_paid", "void", "charge_in_progress",
    "sums_differ", "underpaid", "refund_unknown", "refund_sum", "refused",
)  # fmt: skip
OWN_MONEY = "own_money"


def _findings(*findings: str) -> None:
    """Let a line have these findings and no other."""
    op.drop_constraint(op.f("bank_finding"), "bank_line", type_="check")
    listed = ", ".join(f"'{finding}'" for finding in findings)
    op.create_check_constraint(op.f("bank_finding"), "bank_line", f"finding IN ({listed})")


def upgrade() -> None:
    """Refunds left the way their money came, and nothing of a debt was settled, before there were others."""
    op.add_column("refund", sa.Column("through", sa.String(length=32), nullable=True))
    op.add_column("refund", sa.Column("payment_order_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_refund_one_way"), "refund", "through IS NULL OR order_id IS NULL")
    for name in ("paid_minor", "written_off_minor"):
        op.add_column("dispute", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("dispute", name, server_default=None)
    op.create_check_constraint(op.f("ck_dispute_no_more_settled_than_lost"), "dispute", SETTLED)
    _findings(*FINDINGS, OWN_MONEY)
    op.create_table(
        "seller_bank_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("account", sa.String(length=34), nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("bank_bik", sa.String(length=11), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_seller_bank_account_currency_form")),
        sa.CheckConstraint("account ~ '^[0-9A-Z]{5,34}$'", name=op.f("ck_seller_bank_account_account_form")),
        sa.CheckConstraint(
            "NOT (is_main AND currency = 'RUB')",
            name=op.f("ck_seller_bank_account_main_in_roubles_is_the_sellers"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_seller_bank_account_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller_bank_account")),
        sa.UniqueConstraint("account", name=op.f("uq_seller_bank_account_account")),
    )
    op.create_index("ix_seller_bank_account_seller_id", "seller_bank_account", ["seller_id"])
    op.create_index(
        "uq_seller_bank_account_main",
        "seller_bank_account",
        ["seller_id", "currency"],
        unique=True,
        postgresql_where=sa.text("is_main"),
    )


def downgrade() -> None:
    """Further accounts and what became of debts are forgotten; a refund keeps where it stands."""
    op.execute("UPDATE bank_line SET finding = 'no_number' WHERE finding = 'own_money'")
    _findings(*FINDINGS)
    op.drop_table("seller_bank_account")
    op.drop_constraint(op.f("ck_dispute_no_more_settled_than_lost"), "dispute", type_="check")
    op.drop_column("dispute", "written_off_minor")
    op.drop_column("dispute", "paid_minor")
    op.drop_constraint(op.f("ck_refund_one_way"), "refund", type_="check")
    op.drop_column("refund", "payment_order_at")
    op.drop_column("refund", "through")
