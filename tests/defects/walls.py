"""Walls of the database that are missing: the last thing between a mistake and money."""

from tests.defects.defect import Defect

FIRST, WALLS_OF_HISTORY, ENGINE = (
    f"app/migrations/versions/{name}.py"
    for name in ("0001_the_first_schema", "0002_walls", "0004_billing_engine")
)
WALLS = (
    Defect(
        name="two attempts of an invoice may be in doubt",
        why="whoever pays while an outcome is unknown pays twice (Kill Bill 1015; INV5)",
        file=FIRST,
        old="""\
        "uq_payment_attempt_in_doubt",
        "payment_attempt",
        ["invoice_id"],
        unique=True,
""",
        new="""\
        "uq_payment_attempt_in_doubt",
        "payment_attempt",
        ["invoice_id"],
        unique=False,
""",
        tests=("tests/repositories/test_walls.py::test_one_attempt_in_doubt_per_invoice",),
    ),
    Defect(
        name="a period may stand on two invoices",
        why="two machines renew one subscription, and it is billed twice (Lago 2681; INV6)",
        file=ENGINE,
        old="""\
        ["subscription_id", "period_start"],
        unique=True,
""",
        new="""\
        ["subscription_id", "period_start"],
        unique=False,
""",
        tests=("tests/repositories/test_walls_of_billing.py::test_a_period_stands_on_one_invoice",),
    ),
    Defect(
        name="paid periods may overlap",
        why="a customer pays for the same days twice (INV6)",
        file=FIRST,
        old="""\
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
""",
        new="""\
            (sa.text("tstzrange(starts_at, ends_at)"), "="),
""",
        tests=("tests/repositories/test_walls.py::test_paid_periods_never_overlap",),
    ),
    Defect(
        name="the same money may be booked twice",
        why="a repeated answer of the provider becomes a second payment (open-saas 688; INV8)",
        file=FIRST,
        old="""\
        sa.UniqueConstraint(
            "provider", "provider_reference", name=op.f("uq_payment_provider_provider_reference")
        ),
""",
        new="",
        tests=("tests/repositories/test_walls.py::test_one_payment_pays_an_invoice",),
    ),
    Defect(
        name="two payments may pay one invoice",
        why="the second charge is not seen to be the customer's money (INV5)",
        file=ENGINE,
        old="CREATE UNIQUE INDEX uq_payment_pays_invoice",
        new="CREATE INDEX uq_payment_pays_invoice",
        tests=("tests/repositories/test_walls.py::test_one_payment_pays_an_invoice",),
    ),
    Defect(
        name="a number may be given twice",
        why="two invoices of one number: the tax office takes neither (INV7)",
        file=FIRST,
        old="""\
        sa.UniqueConstraint(
            "seller_id", "series", "year", "number", name=op.f("uq_invoice_seller_id_series_year_number")
        ),
""",
        new="",
        tests=("tests/repositories/test_walls.py::test_a_number_is_given_once",),
    ),
    Defect(
        name="two live subscriptions may take one Make account",
        why="a customer pays twice for one connector in one account (INV6)",
        file=FIRST,
        old="""\
        ["customer_id", "connector_id", "make_account"],
        unique=True,
""",
        new="""\
        ["customer_id", "connector_id", "make_account"],
        unique=False,
""",
        tests=("tests/repositories/test_walls.py::test_one_live_subscription_per_account",),
    ),
    Defect(
        name="history may be rewritten",
        why="whoever took money wrongly could hide it (INV11)",
        file=WALLS_OF_HISTORY,
        old='APPEND_ONLY = ("audit_entry", "status_change")',
        new='APPEND_ONLY = ("audit_entry",)',
        tests=("tests/repositories/test_walls.py::test_history_is_only_added_to",),
    ),
    Defect(
        name="the ledger may be rewritten",
        why="the books would say something else than what happened (INV3)",
        file=ENGINE,
        old='APPEND_ONLY = ("ledger_entry", "price_notice")',
        new='APPEND_ONLY = ("price_notice",)',
        tests=("tests/repositories/test_ledger.py::test_an_entry_never_changes",),
    ),
    Defect(
        name="the sum of an issued invoice may be changed",
        why="the customer holds a document that says another sum than we ask for (INV4)",
        file=ENGINE,
        old="""\
        "total_minor", "vat_minor", "issued_on", "issued_at",
    ),
    "invoice_line": (
        "invoice_id", "position", "subscription_id", "price_version_id", "description", "interval",
""",
        new="""\
        "vat_minor", "issued_on", "issued_at",
    ),
    "invoice_line": (
        "invoice_id", "position", "subscription_id", "price_version_id", "description", "interval",
""",
        tests=("tests/repositories/test_walls.py::test_what_was_issued_never_changes",),
    ),
    Defect(
        name="a service month may be booked twice",
        why="two machines at the end of the month double the revenue and its VAT (INV3)",
        file=ENGINE,
        old="""\
        ["service_month_id", "kind"],
        unique=True,
""",
        new="""\
        ["service_month_id", "kind"],
        unique=False,
""",
        tests=("tests/repositories/test_ledger.py::test_a_month_is_never_booked_twice",),
    ),
    Defect(
        name="a credit may be overdrawn",
        why="balance that was spent twice becomes a debt of the customer that nobody sees (INV1)",
        file=ENGINE,
        old="""\
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_customer_credit_never_overdrawn")),
""",
        new="",
        tests=("tests/repositories/test_walls_of_billing.py::test_nobody_spends_what_they_do_not_have",),
    ),
)
