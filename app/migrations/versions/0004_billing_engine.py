"""The billing engine: the ledger, dunning and renewal dates, promo codes, refunds, price changes, metering."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED_WITH_DEFAULT = (
    ("connector", "pricing"),
    ("invoice", "purpose"),
    ("invoice", "balance_minor"),
    ("invoice", "goodwill_minor"),
    ("invoice_line", "quantity"),
    ("invoice_line", "price_minor"),
    ("invoice_line", "discount_minor"),
    ("payment", "refunded_minor"),
    ("payment_attempt", "hard_decline"),
    ("subscription", "method"),
    ("subscription", "continues_after_trial"),
    ("subscription", "metered"),
)
CHECKS = {
    "api_key": {
        "deleted_is_off": "deleted_at IS NULL OR status IN ('deactivated', 'expired')",
        "rotation_whole": "(replaced_by_id IS NULL) = (rotation_overlap IS NULL)",
    },
    "customer": {"parked_with_reason": "(billing_parked_at IS NULL) = (billing_parked_reason IS NULL)"},
    "invoice": {
        "balance_range": "balance_minor BETWEEN 0 AND total_minor",
        "goodwill_not_negative": "goodwill_minor >= 0",
    },
    "invoice_line": {
        "price_less_discount": "price_minor - discount_minor = total_minor",
        "discount_not_negative": "discount_minor >= 0",
        "quantity_positive": "quantity > 0",
        "ends_after_start": "period_end > period_start",
        "period_whole": "(period_start IS NULL) = (period_end IS NULL)",
        "one_kind_of_price": "(price_version_id IS NULL) <> (operation_price_id IS NULL)",
    },
    "payment": {"never_refunded_twice": "refunded_minor BETWEEN 0 AND amount_minor"},
    "subscription": {
        "extension_is_later": "nominal_period_end <= period_end",
        "switch_has_price": "(renewal_interval IS NULL) = (renewal_price_version_id IS NULL)",
        "renewal_is_wanted": "renewal_due_at IS NULL OR (status IN ('active', 'trial') AND auto_renew)",
    },
}
APPEND_ONLY = ("ledger_entry", "price_notice")
# fmt: off
FROZEN_BEFORE = {
    "invoice": (
        "seller_id", "customer_id", "payer_id", "cart_id", "series", "year", "number", "currency",
        "total_minor", "vat_minor", "issued_on", "issued_at",
    ),
    "invoice_line": (
        "invoice_id", "position", "subscription_id", "price_version_id", "description", "interval",
        "currency", "total_minor", "vat_rate", "vat_minor",
    ),
}
FROZEN_COLUMNS = {
    "invoice": (*FROZEN_BEFORE["invoice"], "purpose", "promo_code_id", "replaces_id"),
    "invoice_line": (
        *FROZEN_BEFORE["invoice_line"], "operation_price_id", "quantity", "price_minor", "discount_minor",
        "period_start", "period_end",
    ),
    "service_month": (
        "seller_id", "customer_id", "payer_id", "invoice_id", "invoice_line_id", "subscription_id", "ordinal",
        "starts_at", "currency", "gross_minor", "advance_vat_minor",
    ),
    "operation_price": ("connector_id", "currency", "amount_minor", "operations", "valid_from"),
    "metered_operation": ("subscription_id", "api_key_id", "month", "at", "operation_id"),
    "refund": (
        "seller_id", "customer_id", "payment_id", "invoice_line_id", "subscription_id", "currency",
        "amount_minor", "requested_by", "requested_at",
    ),
}
# fmt: on
KEPT = ("service_month", "operation_price", "metered_operation", "refund", "compensation", "promo_redemption")


def upgrade() -> None:
    """Add the tables, columns and walls of the billing engine."""
    op.create_table(
        "customer_credit",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "balance",
                "goodwill",
                name="credit_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_customer_credit_never_overdrawn")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_credit_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "currency", "kind", name=op.f("pk_customer_credit")),
    )
    op.create_table(
        "operation_price",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("connector_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("operations", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_operation_price_amount_positive")),
        sa.CheckConstraint("operations > 0", name=op.f("ck_operation_price_operations_positive")),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_operation_price_connector_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_price")),
    )
    op.create_index(
        "ix_operation_price_lookup",
        "operation_price",
        ["connector_id", "currency", "valid_from"],
        unique=True,
    )
    op.create_table(
        "promo_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "percent", "amount", name="promo_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column(
            "duration",
            sa.Enum(
                "first", "every", name="promo_duration", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_redemptions", sa.Integer(), nullable=True),
        sa.Column("max_per_customer", sa.Integer(), nullable=True),
        sa.Column("redemptions", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("first_order_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'percent' AND percent BETWEEN 1 AND 10000 AND amount_minor IS NULL AND currency IS NULL) OR (kind = 'amount' AND amount_minor > 0 AND currency IS NOT NULL AND percent IS NULL)",
            name=op.f("ck_promo_code_one_kind_of_discount"),
        ),
        sa.CheckConstraint("code = upper(code) AND code <> ''", name=op.f("ck_promo_code_code_upper")),
        sa.CheckConstraint("redemptions >= 0", name=op.f("ck_promo_code_redemptions_not_negative")),
        sa.CheckConstraint(
            "redemptions BETWEEN 0 AND max_redemptions", name=op.f("ck_promo_code_limit_kept")
        ),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_promo_code_ends_after_start")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_promo_code_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_code")),
        sa.UniqueConstraint("code", name=op.f("uq_promo_code_code")),
    )
    op.create_index(op.f("ix_promo_code_customer_id"), "promo_code", ["customer_id"], unique=False)
    op.create_table(
        "price_campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("connector_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "interval",
            sa.Enum("month", "year", name="interval", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("old_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("new_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("new_price_version_id", sa.BigInteger(), nullable=True),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("announcement_ru", sa.Text(), nullable=False),
        sa.Column("announcement_en", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "launched",
                "canceled",
                name="campaign_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("launched_by", sa.String(length=100), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("everyone_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'launched') = (launched_at IS NOT NULL)",
            name=op.f("ck_price_campaign_launched_at_with_status"),
        ),
        sa.CheckConstraint(
            "old_amount_minor > 0 AND new_amount_minor > 0", name=op.f("ck_price_campaign_amounts_positive")
        ),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_price_campaign_connector_id")
        ),
        sa.ForeignKeyConstraint(
            ["new_price_version_id"],
            ["price_version.id"],
            name=op.f("fk_price_campaign_new_price_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_campaign")),
    )
    op.create_table(
        "promo_code_connector",
        sa.Column("promo_code_id", sa.BigInteger(), nullable=False),
        sa.Column("connector_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_promo_code_connector_connector_id")
        ),
        sa.ForeignKeyConstraint(
            ["promo_code_id"], ["promo_code.id"], name=op.f("fk_promo_code_connector_promo_code_id")
        ),
        sa.PrimaryKeyConstraint("promo_code_id", "connector_id", name=op.f("pk_promo_code_connector")),
    )
    op.create_table(
        "compensation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "extra_days",
                "balance",
                "discount",
                name="compensation_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "approved",
                "rejected",
                "applied",
                name="compensation_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("requested_by", sa.String(length=100), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promo_code_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_compensation_amount_positive")),
        sa.CheckConstraint("days > 0", name=op.f("ck_compensation_days_positive")),
        sa.CheckConstraint(
            "num_nonnulls(days, amount_minor, percent) = 1", name=op.f("ck_compensation_one_thing")
        ),
        sa.CheckConstraint("percent BETWEEN 1 AND 10000", name=op.f("ck_compensation_percent_range")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_compensation_customer_id")),
        sa.ForeignKeyConstraint(
            ["promo_code_id"], ["promo_code.id"], name=op.f("fk_compensation_promo_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_compensation_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compensation")),
    )
    op.create_index("ix_compensation_customer", "compensation", ["customer_id", "id"], unique=False)
    op.create_table(
        "metered_operation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("api_key_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation_id", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_key.id"], name=op.f("fk_metered_operation_api_key_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_metered_operation_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metered_operation")),
    )
    op.create_index(
        "ix_metered_operation_month", "metered_operation", ["subscription_id", "month"], unique=False
    )
    op.create_index(
        "ix_metered_operation_repeat",
        "metered_operation",
        ["subscription_id", "operation_id", "at"],
        unique=False,
        postgresql_where=sa.text("operation_id IS NOT NULL"),
    )
    op.create_table(
        "price_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("old_price_version_id", sa.BigInteger(), nullable=False),
        sa.Column("new_price_version_id", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applies_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("applies_from > noticed_at", name=op.f("ck_price_notice_applies_later")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["price_campaign.id"], name=op.f("fk_price_notice_campaign_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_price_notice_customer_id")),
        sa.ForeignKeyConstraint(
            ["new_price_version_id"], ["price_version.id"], name=op.f("fk_price_notice_new_price_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["old_price_version_id"], ["price_version.id"], name=op.f("fk_price_notice_old_price_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_price_notice_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_notice")),
        sa.UniqueConstraint(
            "campaign_id", "subscription_id", name=op.f("uq_price_notice_campaign_id_subscription_id")
        ),
    )
    op.create_index(
        "ix_price_notice_subscription", "price_notice", ["subscription_id", "applies_from"], unique=False
    )
    op.create_table(
        "promo_redemption",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("promo_code_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_promo_redemption_customer_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_promo_redemption_invoice_id")),
        sa.ForeignKeyConstraint(
            ["promo_code_id"], ["promo_code.id"], name=op.f("fk_promo_redemption_promo_code_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_redemption")),
    )
    op.create_index(
        "ix_promo_redemption_customer", "promo_redemption", ["customer_id", "promo_code_id"], unique=False
    )
    op.create_index(
        "uq_promo_redemption_invoice",
        "promo_redemption",
        ["promo_code_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "service_month",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("advance_vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_advance_vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("recognised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vat_rate", sa.Integer(), nullable=True),
        sa.Column("vat_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(recognised_at IS NULL) = (vat_minor IS NULL)", name=op.f("ck_service_month_vat_with_service")
        ),
        sa.CheckConstraint(
            "advance_vat_minor BETWEEN 0 AND gross_minor", name=op.f("ck_service_month_advance_vat_range")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_service_month_ends_after_start")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND gross_minor", name=op.f("ck_service_month_refunded_range")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_service_month_customer_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_service_month_invoice_id")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_service_month_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_service_month_payer_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_service_month_seller_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_service_month_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_month")),
        sa.UniqueConstraint(
            "invoice_line_id", "ordinal", name=op.f("uq_service_month_invoice_line_id_ordinal")
        ),
    )
    op.create_index("ix_service_month_customer", "service_month", ["customer_id", "last_day"], unique=False)
    op.create_index(
        "ix_service_month_due",
        "service_month",
        ["last_day"],
        unique=False,
        postgresql_where=sa.text("recognised_at IS NULL"),
    )
    op.create_index(
        op.f("ix_service_month_subscription_id"), "service_month", ["subscription_id"], unique=False
    )
    op.create_table(
        "usage_month",
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("operations", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("operations >= 0", name=op.f("ck_usage_month_operations_not_negative")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_usage_month_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_usage_month_subscription_id")
        ),
        sa.PrimaryKeyConstraint("subscription_id", "month", name=op.f("pk_usage_month")),
    )
    op.create_index(
        "ix_usage_month_open",
        "usage_month",
        ["month"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "approved",
                "rejected",
                "sent",
                "failed",
                name="refund_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decision_code", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("prepaid_minor", sa.BigInteger(), nullable=False),
        sa.Column("service_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("requested_by", sa.String(length=100), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_reference", sa.String(length=128), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount_positive")),
        sa.CheckConstraint(
            "prepaid_minor + service_minor IN (0, amount_minor)", name=op.f("ck_refund_parts_make_the_whole")
        ),
        sa.CheckConstraint(
            "prepaid_minor >= 0 AND service_minor >= 0", name=op.f("ck_refund_parts_not_negative")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_refund_customer_id")),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"], ["invoice_line.id"], name=op.f("fk_refund_invoice_line_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_refund_seller_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_refund_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index("ix_refund_customer", "refund", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_refund_open",
        "refund",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status IN ('requested', 'approved')"),
    )
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_index(op.f("ix_refund_subscription_id"), "refund", ["subscription_id"], unique=False)
    op.create_index(
        "uq_refund_open_line",
        "refund",
        ["invoice_line_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'approved')"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("debit", sa.String(length=40), nullable=False),
        sa.Column("credit", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("service_month_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "debit ~ '^[a-z_]+(:[a-z_]+)?$' AND credit ~ '^[a-z_]+(:[a-z_]+)?$'",
            name=op.f("ck_ledger_entry_account_names"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_entry_amount_positive")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entry_two_accounts")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_ledger_entry_customer_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_ledger_entry_invoice_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_ledger_entry_payment_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_ledger_entry_refund_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], name=op.f("fk_ledger_entry_seller_id")),
        sa.ForeignKeyConstraint(
            ["service_month_id"], ["service_month.id"], name=op.f("fk_ledger_entry_service_month_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index(
        "ix_ledger_entry_booked_on", "ledger_entry", ["seller_id", "currency", "booked_on"], unique=False
    )
    op.create_index("ix_ledger_entry_customer", "ledger_entry", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_ledger_entry_payment",
        "ledger_entry",
        ["payment_id"],
        unique=False,
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.create_index(
        "uq_ledger_entry_service_month",
        "ledger_entry",
        ["service_month_id", "kind"],
        unique=True,
        postgresql_where=sa.text("service_month_id IS NOT NULL"),
    )
    op.add_column("api_key", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("replaced_by_id", sa.BigInteger(), nullable=True))
    op.add_column("api_key", sa.Column("rotation_overlap", sa.Interval(), nullable=True))
    op.create_foreign_key(op.f("fk_api_key_replaced_by_id"), "api_key", "api_key", ["replaced_by_id"], ["id"])
    op.add_column("cart", sa.Column("promo_code_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_cart_promo_code_id"), "cart", "promo_code", ["promo_code_id"], ["id"])
    op.add_column(
        "connector",
        sa.Column(
            "pricing",
            sa.Enum(
                "period",
                "operation",
                name="connector_pricing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="period",
            nullable=False,
        ),
    )
    op.add_column("customer", sa.Column("billing_parked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("customer", sa.Column("billing_parked_reason", sa.String(length=200), nullable=True))
    op.add_column(
        "invoice",
        sa.Column(
            "purpose",
            sa.Enum(
                "order",
                "renewal",
                "usage",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="order",
            nullable=False,
        ),
    )
    op.add_column("invoice", sa.Column("balance_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("invoice", sa.Column("goodwill_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("invoice", sa.Column("promo_code_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("replaces_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_invoice_next_attempt",
        "invoice",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open' AND next_attempt_at IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_invoice_promo_code_id"), "invoice", "promo_code", ["promo_code_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_invoice_replaces_id"), "invoice", "invoice", ["replaces_id"], ["id"])
    op.add_column("invoice_line", sa.Column("operation_price_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice_line", sa.Column("quantity", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column(
        "invoice_line", sa.Column("price_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "invoice_line", sa.Column("discount_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("invoice_line", sa.Column("period_start", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoice_line", sa.Column("period_end", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoice_line", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("invoice_line", "price_version_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_index(
        "uq_invoice_line_period",
        "invoice_line",
        ["subscription_id", "period_start"],
        unique=True,
        postgresql_where=sa.text("period_start IS NOT NULL AND released_at IS NULL"),
    )
    op.create_foreign_key(
        op.f("fk_invoice_line_operation_price_id"),
        "invoice_line",
        "operation_price",
        ["operation_price_id"],
        ["id"],
    )
    op.add_column("payment", sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("payment", "attempt_id", existing_type=sa.UUID(), nullable=True)
    op.add_column(
        "payment_attempt", sa.Column("hard_decline", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column(
        "subscription",
        sa.Column(
            "method",
            sa.Enum(
                "card", "bank_transfer", name="method", native_enum=False, create_constraint=True, length=32
            ),
            server_default="card",
            nullable=False,
        ),
    )
    op.add_column("subscription", sa.Column("payment_method_id", sa.BigInteger(), nullable=True))
    op.add_column("subscription", sa.Column("price_version_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "subscription",
        sa.Column(
            "renewal_interval",
            sa.Enum(
                "month", "year", name="renewal_interval", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
    )
    op.add_column("subscription", sa.Column("renewal_price_version_id", sa.BigInteger(), nullable=True))
    op.add_column("subscription", sa.Column("promo_code_id", sa.BigInteger(), nullable=True))
    op.add_column("subscription", sa.Column("nominal_period_end", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "subscription",
        sa.Column("continues_after_trial", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("subscription", sa.Column("metered", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("subscription", sa.Column("notice_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("noticed_period_end", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("renewal_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_subscription_notice_due",
        "subscription",
        ["notice_due_at"],
        unique=False,
        postgresql_where=sa.text("notice_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_subscription_renewal_due",
        "subscription",
        ["renewal_due_at"],
        unique=False,
        postgresql_where=sa.text("renewal_due_at IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_subscription_promo_code_id"), "subscription", "promo_code", ["promo_code_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_subscription_price_version_id"),
        "subscription",
        "price_version",
        ["price_version_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_subscription_payment_method_id"),
        "subscription",
        "payment_method",
        ["payment_method_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_subscription_renewal_price_version_id"),
        "subscription",
        "price_version",
        ["renewal_price_version_id"],
        ["id"],
    )
    op.create_index(
        "ix_customer_parked",
        "customer",
        ["id"],
        unique=False,
        postgresql_where=sa.text("billing_parked_at IS NOT NULL"),
    )
    op.create_index(
        "ix_api_key_expiry",
        "api_key",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL AND status IN ('unclaimed', 'active')"),
    )
    op.create_index(
        "ix_api_key_replaced",
        "api_key",
        ["replaced_by_id"],
        unique=False,
        postgresql_where=sa.text("replaced_by_id IS NOT NULL AND status IN ('unclaimed', 'active')"),
    )
    for table, column in ADDED_WITH_DEFAULT:
        op.alter_column(table, column, server_default=None)
    _fill_old_rows()
    _add_walls()


def _fill_old_rows() -> None:
    op.execute("ALTER TABLE invoice_line DISABLE TRIGGER frozen")
    op.execute("UPDATE invoice_line SET price_minor = total_minor")
    op.execute("ALTER TABLE invoice_line ENABLE TRIGGER frozen")
    op.execute(
        "UPDATE subscription SET price_version_id = ("
        "SELECT price_version_id FROM subscription_period WHERE subscription_id = subscription.id"
        " ORDER BY starts_at DESC LIMIT 1)"
    )


def _add_walls() -> None:
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")
    _replace_method_check("method IN ('card', 'bank_transfer')")
    _replace_paying_index("unallocated_minor = 0 AND provider <> 'balance'")
    _replace_task_index(" WHERE done_at IS NULL")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table, columns in FROZEN_COLUMNS.items():
        op.execute(f"DROP TRIGGER IF EXISTS frozen ON {table}")
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_change()"
        )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _replace_method_check(condition: str) -> None:
    """The CHECK of an enumeration bears the enumeration's name."""
    op.execute("ALTER TABLE invoice DROP CONSTRAINT method")
    op.execute(f"ALTER TABLE invoice ADD CONSTRAINT method CHECK ({condition})")


def _replace_paying_index(condition: str) -> None:
    op.execute("DROP INDEX uq_payment_pays_invoice")
    op.execute(f"CREATE UNIQUE INDEX uq_payment_pays_invoice ON payment (invoice_id) WHERE {condition}")


def _replace_task_index(condition: str) -> None:
    op.execute("DROP INDEX uq_staff_task_object")
    op.execute(
        f"CREATE UNIQUE INDEX uq_staff_task_object ON staff_task (kind, object_kind, object_id){condition}"
    )


def downgrade() -> None:
    """Remove them again; what only they can hold is lost."""
    for table in FROZEN_COLUMNS:
        before = FROZEN_BEFORE.get(table)
        op.execute(f"DROP TRIGGER frozen ON {table}")
        if before is not None:
            changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in before)
            op.execute(
                f"CREATE TRIGGER frozen BEFORE UPDATE ON {table} "
                f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_change()"
            )
    for table, checks in CHECKS.items():
        for name in checks:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    _replace_method_check("method IN ('card')")
    _replace_paying_index("unallocated_minor = 0")
    op.execute(
        "DELETE FROM staff_task AS older USING staff_task AS newer WHERE older.id < newer.id"
        " AND (older.kind, older.object_kind, older.object_id)"
        " = (newer.kind, newer.object_kind, newer.object_id)"
    )
    _replace_task_index("")
    op.drop_constraint(op.f("fk_subscription_renewal_price_version_id"), "subscription", type_="foreignkey")
    op.drop_constraint(op.f("fk_subscription_payment_method_id"), "subscription", type_="foreignkey")
    op.drop_constraint(op.f("fk_subscription_price_version_id"), "subscription", type_="foreignkey")
    op.drop_constraint(op.f("fk_subscription_promo_code_id"), "subscription", type_="foreignkey")
    op.drop_index(
        "ix_subscription_renewal_due",
        table_name="subscription",
        postgresql_where=sa.text("renewal_due_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_subscription_notice_due",
        table_name="subscription",
        postgresql_where=sa.text("notice_due_at IS NOT NULL"),
    )
    op.drop_column("subscription", "renewal_due_at")
    op.drop_column("subscription", "noticed_period_end")
    op.drop_column("subscription", "noticed_at")
    op.drop_column("subscription", "notice_due_at")
    op.drop_column("subscription", "metered")
    op.drop_column("subscription", "continues_after_trial")
    op.drop_column("subscription", "nominal_period_end")
    op.drop_column("subscription", "promo_code_id")
    op.drop_column("subscription", "renewal_price_version_id")
    op.drop_column("subscription", "renewal_interval")
    op.drop_column("subscription", "price_version_id")
    op.drop_column("subscription", "payment_method_id")
    op.drop_column("subscription", "method")
    op.drop_column("payment_attempt", "hard_decline")
    op.alter_column("payment", "attempt_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("payment", "refunded_minor")
    op.drop_constraint(op.f("fk_invoice_line_operation_price_id"), "invoice_line", type_="foreignkey")
    op.drop_index(
        "uq_invoice_line_period",
        table_name="invoice_line",
        postgresql_where=sa.text("period_start IS NOT NULL AND released_at IS NULL"),
    )
    op.alter_column("invoice_line", "price_version_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("invoice_line", "released_at")
    op.drop_column("invoice_line", "period_end")
    op.drop_column("invoice_line", "period_start")
    op.drop_column("invoice_line", "discount_minor")
    op.drop_column("invoice_line", "price_minor")
    op.drop_column("invoice_line", "quantity")
    op.drop_column("invoice_line", "operation_price_id")
    op.drop_constraint(op.f("fk_invoice_replaces_id"), "invoice", type_="foreignkey")
    op.drop_constraint(op.f("fk_invoice_promo_code_id"), "invoice", type_="foreignkey")
    op.drop_index(
        "ix_invoice_next_attempt",
        table_name="invoice",
        postgresql_where=sa.text("status = 'open' AND next_attempt_at IS NOT NULL"),
    )
    op.drop_column("invoice", "replaces_id")
    op.drop_column("invoice", "promo_code_id")
    op.drop_column("invoice", "goodwill_minor")
    op.drop_column("invoice", "balance_minor")
    op.drop_column("invoice", "purpose")
    op.drop_column("customer", "billing_parked_reason")
    op.drop_column("customer", "billing_parked_at")
    op.drop_column("connector", "pricing")
    op.drop_constraint(op.f("fk_cart_promo_code_id"), "cart", type_="foreignkey")
    op.drop_column("cart", "promo_code_id")
    op.drop_constraint(op.f("fk_api_key_replaced_by_id"), "api_key", type_="foreignkey")
    op.drop_column("api_key", "rotation_overlap")
    op.drop_column("api_key", "replaced_by_id")
    op.drop_column("api_key", "deleted_at")
    op.drop_index(
        "uq_ledger_entry_service_month",
        table_name="ledger_entry",
        postgresql_where=sa.text("service_month_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_ledger_entry_payment",
        table_name="ledger_entry",
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.drop_index("ix_ledger_entry_customer", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_booked_on", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index(
        "uq_refund_open_line",
        table_name="refund",
        postgresql_where=sa.text("status IN ('requested', 'approved')"),
    )
    op.drop_index(op.f("ix_refund_subscription_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_payment_id"), table_name="refund")
    op.drop_index(
        "ix_refund_open", table_name="refund", postgresql_where=sa.text("status IN ('requested', 'approved')")
    )
    op.drop_index("ix_refund_customer", table_name="refund")
    op.drop_table("refund")
    op.drop_index(
        "ix_usage_month_open", table_name="usage_month", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.drop_table("usage_month")
    op.drop_index(op.f("ix_service_month_subscription_id"), table_name="service_month")
    op.drop_index(
        "ix_service_month_due", table_name="service_month", postgresql_where=sa.text("recognised_at IS NULL")
    )
    op.drop_index("ix_service_month_customer", table_name="service_month")
    op.drop_table("service_month")
    op.drop_index(
        "uq_promo_redemption_invoice",
        table_name="promo_redemption",
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.drop_index("ix_promo_redemption_customer", table_name="promo_redemption")
    op.drop_table("promo_redemption")
    op.drop_index("ix_price_notice_subscription", table_name="price_notice")
    op.drop_table("price_notice")
    op.drop_index(
        "ix_metered_operation_repeat",
        table_name="metered_operation",
        postgresql_where=sa.text("operation_id IS NOT NULL"),
    )
    op.drop_index("ix_metered_operation_month", table_name="metered_operation")
    op.drop_table("metered_operation")
    op.drop_index("ix_compensation_customer", table_name="compensation")
    op.drop_table("compensation")
    op.drop_table("promo_code_connector")
    op.drop_table("price_campaign")
    op.drop_index(op.f("ix_promo_code_customer_id"), table_name="promo_code")
    op.drop_table("promo_code")
    op.drop_index("ix_operation_price_lookup", table_name="operation_price")
    op.drop_table("operation_price")
    op.drop_table("customer_credit")
