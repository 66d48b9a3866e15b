"""Refunds by providers, disputes, reconciliation, methods that can't be charged any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = "status IN ('requested', 'approved', 'sending')"
OPEN_BEFORE = "status IN ('requested', 'approved')"
STATUSES_BEFORE = ("requested", "approved", "rejected", "sent", "failed")
STATUSES = ("requested", "approved", "sending", "rejected", "sent", "failed")
SUBJECTS = ("payment", "refund", "dispute", "method", "other")
DISPUTE_STATES = ("open", "won", "lost")

# What an approved refund did not put on the balance returns to the method.
PARTS_OF_REFUNDS = """
    UPDATE refund SET to_method_minor = amount_minor - (
        SELECT coalesce(sum(amount_minor), 0) FROM ledger_entry
        WHERE refund_id = refund.id AND kind = 'refund_to_balance'
    ) WHERE status IN ('approved', 'sent', 'failed')
"""


def upgrade() -> None:
    """Refunds get an order to the provider, events a subject; disputes and cursors are new."""
    _upgrade_refund()
    op.add_column("payment_attempt", sa.Column("risk", sa.String(length=32), nullable=True))
    op.add_column("payment_method", sa.Column("unusable_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "webhook_event",
        sa.Column("subject", _text("event_subject", SUBJECTS), nullable=False, server_default="payment"),
    )
    op.alter_column("webhook_event", "subject", server_default=None)
    op.create_check_constraint("event_subject", "webhook_event", _one_of("subject", SUBJECTS))
    op.add_column("webhook_event", sa.Column("object_reference", sa.String(length=128), nullable=True))
    _create_dispute()
    op.create_table(
        "provider_cursor",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.CheckConstraint("found >= 0", name=op.f("ck_provider_cursor_found_not_negative")),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_provider_cursor")),
    )


def downgrade() -> None:
    """A refund that is being sent is approved again: nobody would ask how it stands."""
    op.drop_table("provider_cursor")
    op.drop_table("dispute")
    op.drop_column("webhook_event", "object_reference")
    op.drop_column("webhook_event", "subject")
    op.drop_column("payment_method", "unusable_since")
    op.drop_column("payment_attempt", "risk")
    _downgrade_refund()


def _upgrade_refund() -> None:
    op.add_column("refund", sa.Column("to_method_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("refund", "to_method_minor", server_default=None)
    op.execute(PARTS_OF_REFUNDS)
    op.add_column("refund", sa.Column("order_id", sa.Uuid(), nullable=True))
    op.add_column("refund", sa.Column("sending_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("failure_code", sa.String(length=64), nullable=True))
    _set_statuses(STATUSES, OPEN)
    op.create_index(
        "ix_refund_look", "refund", ["next_look_at"], postgresql_where=sa.text("status = 'sending'")
    )
    op.create_unique_constraint(op.f("uq_refund_order_id"), "refund", ["order_id"])
    for name, condition in (
        ("to_method_range", "to_method_minor BETWEEN 0 AND amount_minor"),
        ("sending_by_an_order", "status <> 'sending' OR order_id IS NOT NULL"),
        ("sending_is_looked_at", "status <> 'sending' OR next_look_at IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_refund_{name}"), "refund", condition)


def _downgrade_refund() -> None:
    op.execute("UPDATE refund SET status = 'approved' WHERE status = 'sending'")
    for name in ("to_method_range", "sending_by_an_order", "sending_is_looked_at"):
        op.drop_constraint(op.f(f"ck_refund_{name}"), "refund")
    op.drop_index("ix_refund_look", table_name="refund")
    _set_statuses(STATUSES_BEFORE, OPEN_BEFORE)
    for column in ("failure_code", "next_look_at", "sending_since", "order_id", "to_method_minor"):
        op.drop_column("refund", column)


def _set_statuses(statuses: tuple[str, ...], waiting: str) -> None:
    """The statuses that the column takes, and which of them a line has one of at a time."""
    op.drop_index("uq_refund_open_line", table_name="refund")
    op.drop_index("ix_refund_open", table_name="refund")
    op.drop_constraint("refund_status", "refund")
    op.create_check_constraint("refund_status", "refund", _one_of("status", statuses))
    op.create_index("ix_refund_open", "refund", ["status"], postgresql_where=sa.text(waiting))
    op.create_index(
        "uq_refund_open_line", "refund", ["invoice_line_id"], unique=True, postgresql_where=sa.text(waiting)
    )


def _create_dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", _text("dispute_state", DISPUTE_STATES), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_one_of("state", DISPUTE_STATES), name="dispute_state"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_dispute_amount_positive")),
        sa.CheckConstraint("lost_minor BETWEEN 0 AND amount_minor", name=op.f("ck_dispute_lost_range")),
        sa.CheckConstraint("state = 'lost' OR lost_minor = 0", name=op.f("ck_dispute_only_a_lost_one_costs")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_dispute_customer_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("provider", "reference", name=op.f("uq_dispute_provider_reference")),
    )
    op.create_index("ix_dispute_customer", "dispute", ["customer_id", "id"])
    op.create_index(op.f("ix_dispute_payment_id"), "dispute", ["payment_id"])


def _text(name: str, values: tuple[str, ...]) -> sa.Enum:
    """A column for these words; its CHECK stands beside it."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=32)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
