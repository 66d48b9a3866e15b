"""The seller's settings name the tax regime; the rates of each regime are law, kept in the rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REGIMES = ("general", "simplified", "simplified_5", "simplified_7", "exempt")

# A rate that no regime has becomes NULL here and is refused by the column.
RATES_TO_REGIMES = """
    INSERT INTO seller_tax_regime (seller_id, effective_from, regime)
    SELECT seller_id, effective_from, CASE
        WHEN rate IS NULL THEN 'simplified'
        WHEN rate IN (2000, 2200) THEN 'general'
        WHEN rate = 500 THEN 'simplified_5'
        WHEN rate = 700 THEN 'simplified_7'
    END
    FROM seller_tax_rate ORDER BY id
"""
REGIMES_TO_RATES = """
    INSERT INTO seller_tax_rate (seller_id, effective_from, rate)
    SELECT seller_id, effective_from, CASE regime
        WHEN 'general' THEN CASE WHEN effective_from < '2026-01-01' THEN 2000 ELSE 2200 END
        WHEN 'simplified_5' THEN 500
        WHEN 'simplified_7' THEN 700
    END
    FROM seller_tax_regime ORDER BY id
"""
GENERAL_RATE_SINCE_2026 = """
    INSERT INTO seller_tax_rate (seller_id, effective_from, rate)
    SELECT seller_id, '2026-01-01', 2200
    FROM (
        SELECT DISTINCT ON (seller_id) seller_id, effective_from, regime FROM seller_tax_regime
        WHERE effective_from <= '2026-01-01' ORDER BY seller_id, effective_from DESC
    ) AS in_force
    WHERE regime = 'general' AND effective_from < '2026-01-01'
"""


def upgrade() -> None:
    """Rates become the regimes that have them."""
    op.create_table(
        "seller_tax_regime",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column(
            "regime",
            sa.Enum(*REGIMES, name="tax_regime", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_seller_tax_regime_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller_tax_regime")),
        sa.UniqueConstraint(
            "seller_id", "effective_from", name=op.f("uq_seller_tax_regime_seller_id_effective_from")
        ),
    )
    op.execute(RATES_TO_REGIMES)
    op.drop_table("seller_tax_rate")


def downgrade() -> None:
    """Regimes become the rates that they have; «Без НДС» forgets its ground."""
    op.create_table(
        "seller_tax_rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.CheckConstraint("rate BETWEEN 0 AND 10000", name=op.f("ck_seller_tax_rate_rate_range")),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_seller_tax_rate_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller_tax_rate")),
        sa.UniqueConstraint(
            "seller_id", "effective_from", name=op.f("uq_seller_tax_rate_seller_id_effective_from")
        ),
    )
    op.execute(REGIMES_TO_RATES)
    op.execute(GENERAL_RATE_SINCE_2026)
    op.drop_table("seller_tax_regime")
