"""Closing of months: a closed one refuses documents and entries; registers read by the day of the tax."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATES = ("checking", "refused", "closed", "reopened")
CLOSING_LOCK = 7_120_014
"""Whoever dates something in a month shares this lock with the month, and whoever closes it has it alone."""
DATED = {
    "ledger_entry": "SELECT seller_id, booked_on AS day FROM added",
    "document": (
        "SELECT seller_id, coalesce(corrected_on, issued_on) AS day FROM added "
        "UNION SELECT seller_id, supplied_on FROM added WHERE correction = 0 AND supplied_on IS NOT NULL"
    ),
}


def upgrade() -> None:
    """Add the table, and the wall around closed months."""
    op.create_table(
        "month_closing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="closing_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=100), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("checklist", postgresql.JSONB(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True)),
        sa.Column("reopened_by", sa.String(length=100)),
        sa.Column("reopened_reason", sa.String(length=500)),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_month_closing_first_day")),
        sa.CheckConstraint(
            "(state = 'checking') = (finished_at IS NULL)", name=op.f("ck_month_closing_finished_with_state")
        ),
        sa.CheckConstraint(
            "state <> 'reopened' OR reopened_at IS NOT NULL",
            name=op.f("ck_month_closing_reopened_with_state"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(reopened_at, reopened_by, reopened_reason) IN (0, 3)",
            name=op.f("ck_month_closing_reopened_whole"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_month_closing_seller_id_seller")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closing")),
        sa.UniqueConstraint("seller_id", "month", name=op.f("uq_month_closing_seller_id_month")),
    )
    op.create_index(
        "ix_document_taxed", "document", ["seller_id", sa.text("coalesce(supplied_on, issued_on)"), "id"]
    )
    op.create_index(
        "ix_document_corrects",
        "document",
        ["corrects_id"],
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )
    op.create_index(
        "ix_document_corrected",
        "document",
        ["seller_id", "corrected_on"],
        postgresql_where=sa.text("correction > 0"),
    )
    for table, dated in DATED.items():
        _refuse_closed_months(table, dated)


def downgrade() -> None:
    """Take the wall down."""
    for table in DATED:
        op.execute(f"DROP TRIGGER open_month ON {table}")
        op.execute(f"DROP FUNCTION refuse_closed_month_of_{table}()")
    for index in ("ix_document_taxed", "ix_document_corrects", "ix_document_corrected"):
        op.drop_index(index, "document")
    op.drop_table("month_closing")


def _refuse_closed_months(table: str, dated: str) -> None:
    """A statement asks once for each month that it dates something in. The lock makes it wait for a closing
    that is about to commit; the months are ordered, so that two statements never wait for each other.
    """
    op.execute(
        f"""
        CREATE FUNCTION refuse_closed_month_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            dated record;
        BEGIN
            FOR dated IN
                SELECT DISTINCT each.seller_id, date_trunc('month', each.day)::date AS month
                FROM ({dated}) AS each ORDER BY 1, 2
            LOOP
                PERFORM pg_advisory_xact_lock_shared({CLOSING_LOCK}, hashtext(dated.seller_id || to_char(dated.month, ' YYYY-MM-DD')));
                IF EXISTS (
                    SELECT FROM month_closing AS closing WHERE closing.seller_id = dated.seller_id
                    AND closing.month = dated.month AND closing.state = 'closed'
                ) THEN
                    RAISE EXCEPTION 'month_closed: % takes nothing of % any more', TG_TABLE_NAME, dated.month
                    USING ERRCODE = 'restrict_violation';
                END IF;
            END LOOP;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER open_month AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month_of_{table}()"
    )
