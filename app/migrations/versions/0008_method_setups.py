"""Pages on which methods are added without a payment, the default method, how providers are used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = ("started", "awaiting_customer", "saved", "failed")


def upgrade() -> None:
    """Add three tables and the instant at which a method was made the default."""
    op.create_table(
        "method_setup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_method_id", sa.BigInteger(), nullable=True),
        sa.Column("redirect_url", sa.String(length=2000), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'saved') = (payment_method_id IS NOT NULL)",
            name=op.f("ck_method_setup_saved_has_method"),
        ),
        sa.CheckConstraint(
            "(state IN ('saved', 'failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_method_setup_end_has_instant"),
        ),
        sa.CheckConstraint("payment_method_id <> replaces_id", name=op.f("ck_method_setup_replaces_another")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_method_setup_customer_id")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["payment_method.id"], name=op.f("fk_method_setup_replaces_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_method.id"], name=op.f("fk_method_setup_payment_method_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_method_setup")),
    )
    op.create_index("ix_method_setup_customer", "method_setup", ["customer_id"])
    op.create_index(
        "ix_method_setup_open",
        "method_setup",
        ["started_at"],
        postgresql_where=sa.text("state IN ('started', 'awaiting_customer')"),
    )
    op.create_table(
        "provider_mode",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_mode")),
    )
    op.create_table(
        "provider_order",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("our_id", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("provider", "our_id", name=op.f("pk_provider_order")),
    )
    op.add_column("payment_method", sa.Column("preferred_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Methods stay; which one is the default, and how they were added, is forgotten."""
    op.drop_column("payment_method", "preferred_at")
    op.drop_table("provider_order")
    op.drop_table("provider_mode")
    op.drop_table("method_setup")
