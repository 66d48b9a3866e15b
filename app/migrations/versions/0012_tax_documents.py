"""Tax documents: kinds, numbers, lines, files, and what a seller prints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# fmt: off
KINDS = ("invoice", "receipt", "advance_invoice", "vat_invoice", "act", "transfer", "vat_adjustment",
         "transfer_adjustment", "reconciliation")
FROZEN_BEFORE = ("seller_id", "customer_id", "invoice_id", "kind", "number", "issued_on", "snapshot", "created_at")
FROZEN_COLUMNS = {
    "document": (
        *FROZEN_BEFORE, "id", "payer_id", "payment_id", "refund_id", "series", "year", "ordinal", "correction",
        "corrects_id", "corrected_on", "adjusts_id", "supplied_on", "currency", "total_minor", "vat_minor",
        "rouble_minor", "rouble_vat_minor",
    ),
}
# fmt: on
UNDOCUMENTED = {
    "payment": (["id"], ""),
    "invoice": (["id"], " AND (status = 'paid' OR purpose = 'usage')"),
    "service_month": (["last_day", "id"], " AND recognised_at IS NOT NULL"),
    "refund": (["id"], " AND status = 'sent'"),
}
"""Whose documents are still to be issued: the columns of the index, and what else is asked for."""
APPEND_ONLY = ("document_line", "document_advance", "document_file", "picture")
FIRST_OF_INVOICE = sa.text("kind IN ('invoice', 'advance_invoice') AND correction = 0")
SERVICE_KINDS = "kind IN ('vat_invoice', 'act', 'transfer')"


def upgrade() -> None:
    """Widen the documents, move their files to a table of their own, add the settings of sellers."""
    op.create_table(
        "picture",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_picture_sha256_form")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_picture")),
    )
    _widen_sellers()
    _widen_documents()
    _add_parts()
    _mark_documented()
    _freeze(FROZEN_COLUMNS["document"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Put the files back; documents of the new kinds cannot be kept."""
    for table in UNDOCUMENTED:
        op.drop_index(f"ix_{table}_undocumented", table)
        op.drop_column(table, "documented_at")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP TRIGGER kept ON document")
    op.execute("DROP TRIGGER frozen ON document")
    op.add_column("document", sa.Column("file_key", sa.String(length=200)))
    op.add_column("document", sa.Column("sha256", sa.String(length=64)))
    op.add_column("document", sa.Column("size", sa.BigInteger()))
    op.execute(
        "UPDATE document SET file_key = file.file_key, sha256 = file.sha256, size = file.size "
        "FROM document_file AS file WHERE file.document_id = document.id AND file.format = 'pdf'"
    )
    for table in ("document_file", "document_advance", "document_line"):
        op.drop_table(table)
    op.execute("DELETE FROM document WHERE kind <> 'invoice'")
    _narrow_documents()
    _freeze(FROZEN_BEFORE, rows_are_kept=True)
    op.drop_table("document_series")
    for column in ("kind", "director_position", "offer_title", "offer_number", "offer_date", "service_paper",
                   "exchange_id", "stamp_sha256", "logo_sha256"):  # fmt: skip
        op.drop_column("seller", column)
    op.drop_column("payer", "exchange_id")
    op.drop_table("picture")


def _mark_documented() -> None:
    """What happened before documents were issued here had its papers elsewhere: it is marked by the epoch."""
    for table, (columns, condition) in UNDOCUMENTED.items():
        op.add_column(table, sa.Column("documented_at", sa.DateTime(timezone=True)))
        op.execute(f"UPDATE {table} SET documented_at = 'epoch' WHERE true{condition}")
        op.create_index(
            f"ix_{table}_undocumented",
            table,
            columns,
            postgresql_where=sa.text(f"documented_at IS NULL{condition}"),
        )


def _freeze(columns: tuple[str, ...], *, rows_are_kept: bool = True) -> None:
    op.execute("DROP TRIGGER IF EXISTS frozen ON document")
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    op.execute(
        f"CREATE TRIGGER frozen BEFORE UPDATE ON document FOR EACH ROW WHEN ({changed}) "
        "EXECUTE FUNCTION refuse_change()"
    )
    if rows_are_kept:
        op.execute("DROP TRIGGER IF EXISTS kept ON document")
        op.execute(
            "CREATE TRIGGER kept BEFORE DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _enumeration(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _widen_sellers() -> None:
    op.add_column(
        "seller",
        sa.Column("kind", _enumeration("kind", "company", "sole_trader", "individual", "foreign"),
                  nullable=False, server_default="company"),
    )  # fmt: skip
    op.add_column(
        "seller",
        sa.Column("director_position", sa.String(length=100), nullable=False, server_default="Руководитель"),
    )
    op.add_column(
        "seller",
        sa.Column("offer_title", sa.String(length=200), nullable=False, server_default="Публичная оферта"),
    )
    op.add_column(
        "seller", sa.Column("offer_number", sa.String(length=64), nullable=False, server_default="б/н")
    )
    op.add_column("seller", sa.Column("offer_date", sa.Date(), nullable=False, server_default="2025-01-01"))
    op.add_column(
        "seller",
        sa.Column("service_paper", _enumeration("service_paper", "transfer", "invoice_and_act"),
                  nullable=False, server_default="transfer"),
    )  # fmt: skip
    for column in ("kind", "director_position", "offer_title", "offer_number", "offer_date", "service_paper"):
        op.alter_column("seller", column, server_default=None)
    op.add_column("seller", sa.Column("exchange_id", sa.String(length=46)))
    for picture in ("stamp_sha256", "logo_sha256"):
        op.add_column("seller", sa.Column(picture, sa.String(length=64)))
        op.create_foreign_key(
            op.f(f"fk_seller_{picture}_picture"), "seller", "picture", [picture], ["sha256"]
        )
    op.add_column("payer", sa.Column("exchange_id", sa.String(length=46)))
    op.create_table(
        "document_series",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _enumeration("kind", *KINDS), nullable=False),
        sa.Column("series", sa.String(length=8), nullable=False),
        sa.CheckConstraint("series ~ '^[0-9A-ZА-ЯЁ]{1,8}$'", name=op.f("ck_document_series_series_form")),
        sa.CheckConstraint(
            "series <> 'СЧ' AND kind <> 'invoice'", name=op.f("ck_document_series_invoices_apart")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["seller.id"], name=op.f("fk_document_series_seller_id_seller")
        ),
        sa.PrimaryKeyConstraint("seller_id", "kind", name=op.f("pk_document_series")),
    )


def _widen_documents() -> None:
    op.execute("DROP TRIGGER frozen ON document")
    op.drop_constraint("kind", "document", type_="check")
    op.create_check_constraint(
        op.f("kind"), "document", f"kind IN ({', '.join(repr(kind) for kind in KINDS)})"
    )
    op.drop_constraint("uq_document_kind_invoice_id", "document", type_="unique")
    op.drop_constraint("ck_document_file_with_status", "document", type_="check")
    op.alter_column("document", "invoice_id", nullable=True)
    for name, kind in (
        ("payer_id", sa.BigInteger()),
        ("series", sa.String(length=16)),
        ("year", sa.Integer()),
        ("ordinal", sa.BigInteger()),
        ("currency", sa.String(length=3)),
        ("total_minor", sa.BigInteger()),
        ("vat_minor", sa.BigInteger()),
    ):
        op.add_column("document", sa.Column(name, kind))
    op.execute(
        "UPDATE document SET payer_id = invoice.payer_id, series = invoice.series, year = invoice.year, "
        "ordinal = invoice.number, currency = invoice.currency, total_minor = invoice.total_minor, "
        "vat_minor = invoice.vat_minor FROM invoice WHERE invoice.id = document.invoice_id"
    )
    for name in ("payer_id", "series", "year", "ordinal", "currency", "total_minor", "vat_minor"):
        op.alter_column("document", name, nullable=False)
    op.add_column("document", sa.Column("correction", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "document",
        sa.Column(
            "original_state",
            _enumeration("original_state", "none", "sent_by_exchange", "signed", "on_paper"),
            nullable=False,
            server_default="none",
        ),
    )
    for name in ("correction", "original_state"):
        op.alter_column("document", name, server_default=None)
    for name in ("payment_id", "refund_id", "corrects_id", "adjusts_id", "rouble_minor", "rouble_vat_minor"):
        op.add_column("document", sa.Column(name, sa.BigInteger()))
    for name in ("corrected_on", "supplied_on"):
        op.add_column("document", sa.Column(name, sa.Date()))
    for column, table in (
        ("payer_id", "payer"),
        ("payment_id", "payment"),
        ("refund_id", "refund"),
        ("corrects_id", "document"),
        ("adjusts_id", "document"),
    ):
        op.create_foreign_key(op.f(f"fk_document_{column}_{table}"), "document", table, [column], ["id"])
    op.create_unique_constraint(
        op.f("uq_document_seller_id_series_year_ordinal_correction"),
        "document",
        ["seller_id", "series", "year", "ordinal", "correction"],
    )
    op.create_index(
        "uq_document_invoice",
        "document",
        ["kind", "invoice_id"],
        unique=True,
        postgresql_where=FIRST_OF_INVOICE,
    )
    op.create_index(
        "uq_document_payment",
        "document",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'receipt' AND payment_id IS NOT NULL AND refund_id IS NULL"),
    )
    op.create_index(
        "uq_document_refund",
        "document",
        ["kind", "refund_id", "adjusts_id"],
        unique=True,
        postgresql_where=sa.text("refund_id IS NOT NULL AND correction = 0"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_document_issued", "document", ["seller_id", "issued_on", "id"])
    op.create_index("ix_document_payer_id", "document", ["payer_id"])
    op.create_index("ix_document_invoice_id", "document", ["invoice_id"])
    op.create_index("ix_document_pending", "document", ["id"], postgresql_where=sa.text("status <> 'ready'"))
    for name, rule in (
        ("ordinal_positive", "ordinal > 0"),
        ("correction_not_negative", "correction >= 0"),
        ("correction_of_something", "(correction > 0) = (corrects_id IS NOT NULL)"),
        ("rendered_at_with_status", "(status = 'ready') = (rendered_at IS NOT NULL)"),
        ("rouble_value_whole", "(rouble_minor IS NULL) = (rouble_vat_minor IS NULL)"),
        ("of_an_invoice", "kind NOT IN ('invoice', 'advance_invoice') OR invoice_id IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_document_{name}"), "document", rule)


def _add_parts() -> None:
    op.create_table(
        "document_line",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", _enumeration("kind", *KINDS), nullable=False),
        sa.Column("correction", sa.Integer(), nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger()),
        sa.Column("service_month_id", sa.BigInteger()),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vat_rate", sa.Integer()),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("vat_rate BETWEEN 0 AND 10000", name=op.f("ck_document_line_vat_rate")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_line_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"],
            ["invoice_line.id"],
            name=op.f("fk_document_line_invoice_line_id_invoice_line"),
        ),
        sa.ForeignKeyConstraint(
            ["service_month_id"],
            ["service_month.id"],
            name=op.f("fk_document_line_service_month_id_service_month"),
        ),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_document_line")),
    )
    op.create_index(
        "uq_document_line_service_month",
        "document_line",
        ["service_month_id", "kind", "correction"],
        unique=True,
        postgresql_where=sa.text(f"service_month_id IS NOT NULL AND {SERVICE_KINDS}"),
    )
    op.create_index(
        "uq_document_line_usage",
        "document_line",
        ["invoice_line_id", "kind", "correction"],
        unique=True,
        postgresql_where=sa.text(f"service_month_id IS NULL AND {SERVICE_KINDS}"),
    )
    op.create_table(
        "document_advance",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("advance_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "gross_minor > 0 AND vat_minor >= 0 AND vat_minor <= gross_minor",
            name=op.f("ck_document_advance_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_advance_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["advance_id"], ["document.id"], name=op.f("fk_document_advance_advance_id_document")
        ),
        sa.PrimaryKeyConstraint("document_id", "advance_id", name=op.f("pk_document_advance")),
    )
    op.create_index("ix_document_advance_advance_id", "document_advance", ["advance_id"])
    op.create_table(
        "document_file",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("format", _enumeration("format", "pdf", "xml"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_file_sha256_form")),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_file_size_positive")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_file_document_id_document")
        ),
        sa.PrimaryKeyConstraint("document_id", "format", name=op.f("pk_document_file")),
    )
    op.execute(
        "INSERT INTO document_file (document_id, format, name, file_key, sha256, size, made_at) "
        "SELECT id, 'pdf', number || '.pdf', file_key, sha256, size, rendered_at FROM document "
        "WHERE file_key IS NOT NULL AND size > 0"
    )
    for column in ("file_key", "sha256", "size"):
        op.drop_column("document", column)


def _narrow_documents() -> None:
    for index in ("uq_document_invoice", "uq_document_payment", "uq_document_refund", "ix_document_issued",
                  "ix_document_payer_id", "ix_document_invoice_id", "ix_document_pending"):  # fmt: skip
        op.drop_index(index, "document")
    for column in ("payer_id", "payment_id", "refund_id", "series", "year", "ordinal", "correction",
                   "corrects_id", "corrected_on", "adjusts_id", "supplied_on", "currency", "total_minor",
                   "vat_minor", "rouble_minor", "rouble_vat_minor", "original_state"):  # fmt: skip
        op.execute(f"ALTER TABLE document DROP COLUMN {column} CASCADE")
    op.drop_constraint("ck_document_rendered_at_with_status", "document", type_="check")
    op.execute("ALTER TABLE document DROP CONSTRAINT IF EXISTS ck_document_of_an_invoice")
    op.drop_constraint("kind", "document", type_="check")
    op.create_check_constraint(op.f("kind"), "document", "kind IN ('invoice')")
    op.alter_column("document", "invoice_id", nullable=False)
    op.create_unique_constraint(op.f("uq_document_kind_invoice_id"), "document", ["kind", "invoice_id"])
    op.create_check_constraint(
        op.f("ck_document_file_with_status"), "document", "(status = 'ready') = (file_key IS NOT NULL)"
    )
