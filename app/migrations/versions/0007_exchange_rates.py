"""Exchange rates of the Bank of Russia: the rates, and on which days it set none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("exchange_rate", "exchange_rate_day")


def upgrade() -> None:
    """Add both tables; what was published never changes."""
    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("nominal", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=100), nullable=False),
        sa.CheckConstraint("nominal > 0 AND value > 0", name=op.f("ck_exchange_rate_positive")),
        sa.CheckConstraint("currency <> 'RUB'", name=op.f("ck_exchange_rate_foreign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
        sa.UniqueConstraint("currency", "published_on", name=op.f("uq_exchange_rate_currency_published_on")),
    )
    op.create_table(
        "exchange_rate_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "published_on BETWEEN day - 14 AND day", name=op.f("ck_exchange_rate_day_force_is_bounded")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_exchange_rate_day")),
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Remove both tables with their triggers."""
    for table in reversed(TABLES):
        op.drop_table(table)
