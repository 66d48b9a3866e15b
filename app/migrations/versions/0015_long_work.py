"""Long work that customers and staff wait for, and which of several sellers sells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATES = ("waiting", "running", "done", "failed", "canceled", "expired")


def upgrade() -> None:
    """Add the table, and the choice of the seller."""
    op.add_column("seller", sa.Column("sells", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("seller", "sells", server_default=None)
    op.create_index("uq_seller_sells", "seller", ["sells"], unique=True, postgresql_where=sa.text("sells"))
    op.create_table(
        "long_work",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("staff", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("file_key", sa.String(length=200), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(customer_id, staff) = 1", name=op.f("ck_long_work_one_owner")),
        sa.CheckConstraint(
            "(state = 'done') = (file_key IS NOT NULL)", name=op.f("ck_long_work_file_with_state")
        ),
        sa.CheckConstraint("done >= 0 AND total >= done", name=op.f("ck_long_work_progress")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_long_work_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_work")),
    )
    op.create_index("ix_long_work_customer", "long_work", ["customer_id", "id"])
    op.create_index(
        "ix_long_work_expiry", "long_work", ["expires_at"], postgresql_where=sa.text("state <> 'expired'")
    )


def downgrade() -> None:
    """Remove both; the files stay in the store."""
    op.drop_index("uq_seller_sells", "seller")
    op.drop_column("seller", "sells")
    op.drop_table("long_work")
