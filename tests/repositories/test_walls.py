"""Walls of the database: what no code path gets through, tried in raw SQL, beside the legal neighbour."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.billing.payment import GatewayEvent
from app.bootstrap import Container
from app.models import Base
from tests.factories import FACTORY, buy, order, production_key

Run = Callable[[str], None]
CHANGE = "UPDATE {} SET {} WHERE id = 1"
REMOVE = "DELETE FROM {} WHERE id = 1"


def copied(table: str, where: str = "id = 1", **changes: str) -> str:
    """Inserts a copy of a row with some columns changed."""
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name != "id"]
    if table == "payment_attempt":
        columns, changes = [*columns, "id"], {"id": "gen_random_uuid()"} | changes
    values = ", ".join(changes.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where}"  # noqa: S608 - our own names


@pytest.fixture
def sql(container: Container) -> Run:
    """Runs one statement in a transaction of its own."""

    def run(statement: str) -> None:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(statement.replace(":", r"\:")))

    return run


@pytest.fixture
def refused(sql: Run) -> Callable[[str, str], None]:
    """The database refuses the statement, and names this wall."""

    def check(wall: str, statement: str) -> None:
        with pytest.raises(DBAPIError) as error:
            sql(statement)
        assert wall in str(error.value.orig)

    return check


Refused = Callable[[str, str], None]


@pytest.fixture
def bought(container: Container, alice: int) -> None:
    """Subscription 1 is active for March in account A; invoice 1 is paid, invoice 2 open."""
    buy(container, alice, "crm-connector", make_account="A")
    order(container, alice, "mail-connector")


def subscription(status: str, account: str, **changes: str) -> str:
    return copied("subscription", status=f"'{status}'", make_account=account, **changes)


@pytest.mark.usefixtures("bought")
def test_one_live_subscription_per_account(sql: Run, refused: Refused) -> None:
    for status in ("active", "payment_pending", "suspended", "canceled"):
        refused("uq_subscription_live_account", subscription(status, "'A'"))
    refused("uq_subscription_live_account", subscription("trial", "'A'", trial_ends_at="now()"))
    for legal in (
        subscription("pending", "'A'"),
        subscription("expired", "'A'"),
        subscription("active", "'a'"),
        subscription("active", "NULL"),
        subscription("active", "NULL"),
        subscription("active", "'A'", connector_id="2"),
    ):
        sql(legal)


@pytest.mark.usefixtures("bought")
def test_a_subscription_is_whole(sql: Run, refused: Refused) -> None:
    refused("ck_subscription_anchor_day", CHANGE.format("subscription", "anchor_day = 32"))
    refused("ck_subscription_anchor_day", CHANGE.format("subscription", "anchor_day = 0"))
    refused("ck_subscription_make_account_not_empty", CHANGE.format("subscription", "make_account = ''"))
    for column in ("period_end", "anchor_day", "first_paid_at"):
        refused("ck_subscription_paid_has_period", CHANGE.format("subscription", f"{column} = NULL"))
    refused("ck_subscription_trial_has_end", CHANGE.format("subscription", "status = 'trial'"))
    refused("check constraint", CHANGE.format("subscription", "status = 'frozen'"))
    sql(subscription("pending", "'B'", anchor_day="NULL", period_end="NULL", first_paid_at="NULL"))


@pytest.mark.usefixtures("bought")
def test_paid_periods_never_overlap(sql: Run, refused: Refused) -> None:
    def period(start: str, end: str, subscription_id: str = "1", line: str = "2") -> str:
        return copied(
            "subscription_period",
            starts_at=f"'{start}+00'::timestamptz",
            ends_at=f"'{end}+00'::timestamptz",
            subscription_id=subscription_id,
            invoice_line_id=line,
        )

    for start, end in (
        ("2026-03-02 09:00", "2026-04-02 09:00"),
        ("2026-04-02 08:59:59.999999", "2026-05-02 09:00"),
        ("2026-02-02 09:00", "2026-03-02 09:00:00.000001"),
        ("2026-03-10 09:00", "2026-03-11 09:00"),
    ):
        refused("subscription_period", period(start, end))
    refused("ends_after_start", period("2026-04-02 09:00", "2026-04-02 09:00"))
    refused("uq_subscription_period_invoice_line_id", period("2027-01-01", "2027-02-01", line="1"))
    sql(period("2026-04-02 09:00", "2026-05-02 09:00"))


@pytest.mark.usefixtures("bought")
def test_another_subscription_may_run_at_the_same_time(container: Container, alice: int, sql: Run) -> None:
    order(container, alice, "sheet-connector")
    sql(copied("subscription_period", subscription_id="2", invoice_line_id="2"))
    sql(copied("subscription_period", subscription_id="3", invoice_line_id="3"))


def attempt(ordinal: int, state: str, **changes: str) -> str:
    """An attempt on the open invoice."""
    return copied(
        "payment_attempt",
        "invoice_id = 1",
        **({"invoice_id": "2", "ordinal": str(ordinal), "state": f"'{state}'"} | changes),
    )


@pytest.mark.usefixtures("bought")
def test_one_attempt_in_doubt_per_invoice(sql: Run, refused: Refused) -> None:
    sql(attempt(1, "started"))
    for state in ("started", "unknown"):
        refused("uq_payment_attempt_in_doubt", attempt(2, state))
    sql("UPDATE payment_attempt SET state = 'unknown' WHERE invoice_id = 2")
    refused("uq_payment_attempt_in_doubt", attempt(2, "started"))
    refused("uq_payment_attempt_invoice_id_ordinal", attempt(1, "failed"))
    refused("amount_positive", attempt(5, "failed", amount_minor="0"))
    refused("ordinal_positive", attempt(0, "failed"))
    for ordinal, state in enumerate(("awaiting_customer", "failed", "abandoned", "succeeded"), start=2):
        sql(attempt(ordinal, state))
    sql("UPDATE payment_attempt SET state = 'failed' WHERE invoice_id = 2")
    sql(attempt(9, "started"))


def invoice(**changes: str) -> str:
    """A copy of the open invoice."""
    return copied("invoice", "id = 2", **({"cart_id": "NULL"} | changes))


@pytest.mark.usefixtures("bought")
def test_a_number_is_given_once(sql: Run, refused: Refused) -> None:
    refused("uq_invoice_seller_id_series_year_number", invoice())
    refused("number_positive", invoice(number="0"))
    refused("uq_invoice_cart_id", invoice(number="77", cart_id="cart_id"))
    sql(invoice(year="year + 1"))
    sql(invoice(series="'АКТ'"))
    refused("last_number_not_negative", "UPDATE number_series SET last_number = -1")


@pytest.mark.usefixtures("bought")
def test_amounts_make_sense(sql: Run, refused: Refused) -> None:
    for total, vat in (("-1", "0"), ("1", "2"), ("1", "-1")):
        refused("ck_invoice_amounts", invoice(number="77", total_minor=total, vat_minor=vat))
        refused(
            "ck_invoice_line_amounts", copied("invoice_line", position="9", total_minor=total, vat_minor=vat)
        )
    sql(invoice(number="77", total_minor="1", vat_minor="1"))
    refused("unallocated_range", CHANGE.format("payment", "unallocated_minor = amount_minor + 1"))
    refused("unallocated_range", CHANGE.format("payment", "unallocated_minor = -1"))
    sql(CHANGE.format("payment", "unallocated_minor = amount_minor"))


@pytest.mark.usefixtures("bought")
def test_status_and_instants_go_together(sql: Run, refused: Refused) -> None:
    refused("paid_at_with_status", "UPDATE invoice SET status = 'paid' WHERE id = 2")
    refused("voided_at_with_status", "UPDATE invoice SET status = 'void' WHERE id = 2")
    refused("paid_at_with_status", "UPDATE invoice SET paid_at = NULL WHERE id = 1")
    sql("UPDATE invoice SET status = 'void', voided_at = now() WHERE id = 2")
    refused("rendered_at_with_status", "UPDATE document SET status = 'ready' WHERE id = 1")
    sql("UPDATE document SET status = 'ready', rendered_at = now() WHERE id = 1")


@pytest.mark.usefixtures("bought")
def test_one_payment_pays_an_invoice(sql: Run, refused: Refused) -> None:
    sql(attempt(2, "succeeded", invoice_id="1"))
    other = "(SELECT id FROM payment_attempt WHERE ordinal = 2)"
    reference = "'another'"
    refused(
        "uq_payment_provider_provider_reference", copied("payment", attempt_id=other, unallocated_minor="1")
    )
    refused("uq_payment_attempt_id", copied("payment", provider_reference=reference, unallocated_minor="1"))
    refused("uq_payment_pays_invoice", copied("payment", attempt_id=other, provider_reference=reference))
    sql(copied("payment", attempt_id=other, provider_reference=reference, unallocated_minor="amount_minor"))


FROZEN = {
    "document": ("number = 'X'", "snapshot = '{}'", "issued_on = '2020-01-01'", "customer_id = 2"),
    "invoice": (
        "number = 99",
        "total_minor = 1",
        "vat_minor = 1",
        "payer_id = 2",
        "issued_on = '2020-01-01'",
    ),
    "invoice_line": ("total_minor = 1", "vat_rate = NULL", "description = 'x'", "subscription_id = 2"),
    "payment": ("amount_minor = 1", "invoice_id = 2", "currency = 'USD'", "received_at = now()"),
    "price_version": ("amount_minor = 1", "valid_from = now()", "currency = 'USD'"),
    "subscription_period": ("starts_at = starts_at - interval '1 day'", "invoice_line_id = 2"),
}


@pytest.mark.usefixtures("bought")
def test_what_was_issued_never_changes(sql: Run, refused: Refused) -> None:
    for table, changes in FROZEN.items():
        for change in changes:
            refused("append-only", CHANGE.format(table, change))
        refused("append-only", REMOVE.format(table))
    sql("UPDATE invoice SET total_minor = total_minor, next_attempt_at = now()")
    sql("UPDATE document SET failure_code = 'x'")
    sql("UPDATE payment SET unallocated_minor = 1")
    sql("UPDATE subscription_period SET ends_at = ends_at - interval '1 day'")


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("table", ["audit_entry", "status_change"])
def test_history_is_only_added_to(sql: Run, refused: Refused, table: str) -> None:
    refused("append-only", CHANGE.format(table, "actor_identity = 'nobody'"))
    refused("append-only", REMOVE.format(table))


def test_keys_and_their_secrets_go_together(
    container: Container, alice: int, sql: Run, refused: Refused
) -> None:
    buy(container, alice, "crm-connector")
    refused("claimed_at_with_status", "UPDATE api_key SET status = 'active'")
    refused("secret_with_claim", "UPDATE api_key SET bcrypt_hash = 'x'")
    production_key(container, alice)
    refused("claimed_at_with_status", "UPDATE api_key SET status = 'unclaimed'")
    refused("secret_with_claim", "UPDATE api_key SET fingerprint = NULL")
    refused("uq_api_key_fingerprint", copied("api_key"))
    sql("UPDATE api_key SET status = 'deactivated'")


def test_people_and_catalogue(container: Container, alice: int, sql: Run, refused: Refused) -> None:
    other = "'other@example.com'"
    refused("uq_customer_email_lower", copied("customer", email="upper(email)"))
    refused("ck_customer_language", copied("customer", email=other, language="'de'"))
    sql(copied("customer", email=other))
    refused("uq_connector_slug", "UPDATE connector SET slug = 'crm-connector' WHERE id = 2")
    for slug in ("CRM", "crm_connector", "-crm", "crm-", ""):
        refused("ck_connector_slug", CHANGE.format("connector", f"slug = '{slug}'"))
    refused('constraint "tax_regime"', "UPDATE seller_tax_regime SET regime = 'patent'")
    refused("uq_seller_tax_regime", copied("seller_tax_regime"))
    refused("single_row", "INSERT INTO clock_offset (id, seconds) VALUES (2, 1)")
    refused("amount_positive", copied("price_version", amount_minor="0", currency="'USD'"))
    refused("ix_price_version_lookup", copied("price_version"))
    sql(copied("price_version", currency="'USD'"))
    cart = "INSERT INTO cart (customer_id, created_at) VALUES (1, now())"
    sql(cart)
    refused("uq_cart_open", cart)
    sql("UPDATE cart SET checked_out_at = now()")
    sql(cart)


def test_an_event_and_a_promise_are_stored_once(container: Container, sql: Run, refused: Refused) -> None:
    event = GatewayEvent("evt_1", "charge.updated", None)
    for _ in range(2):
        with container.transactions.begin(FACTORY) as work:
            work.promise_job("test.job", dedupe_key="one")
            work.webhook_events.store("test", event, container.wall_clock.now())
    refused("uq_webhook_event_provider_event_id", copied("webhook_event"))
    sql(copied("webhook_event", provider="'stripe'"))
    refused("uq_outbox_message_dedupe_key", copied("outbox_message"))
    sql(copied("outbox_message", dedupe_key="NULL"))
    sql(copied("outbox_message", dedupe_key="NULL"))
