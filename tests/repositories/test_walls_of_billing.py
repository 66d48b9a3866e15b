"""Walls of the billing engine: what no code path gets through, tried in SQL, beside the legal neighbour."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Container
from tests.factories import FACTORY, buy, order

Run = Callable[[str], None]
Refused = Callable[[str, str], None]
MARCH = "'2026-03-02 09:00+00', '2026-04-02 09:00+00'"
LATER = "'2026-03-20 09:00+00', '2026-04-20 09:00+00'"


@pytest.fixture
def sql(container: Container) -> Run:
    """Runs one statement in a transaction of its own."""

    def run(statement: str) -> None:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(statement.replace(":", r"\:")))

    return run


@pytest.fixture
def refused(sql: Run) -> Refused:
    """The database refuses the statement, and names this wall."""

    def check(wall: str, statement: str) -> None:
        with pytest.raises(DBAPIError) as error:
            sql(statement)
        assert wall in str(error.value.orig)

    return check


@pytest.fixture
def bought(container: Container, alice: int) -> None:
    """Subscription 1 runs and its invoice 1 is paid; invoice 2 is open."""
    buy(container, alice, "crm-connector")
    order(container, alice, "mail-connector")


def line_for(period: str, position: int = 7, released_at: str = "NULL") -> str:
    """A line of the open invoice that bills subscription 1 for this period."""
    return f"""
        INSERT INTO invoice_line (invoice_id, position, subscription_id, price_version_id, description,
            interval, currency, total_minor, vat_rate, vat_minor, quantity, price_minor, discount_minor,
            period_start, period_end, released_at)
        SELECT 2, {position}, 1, price_version_id, description, interval, currency, total_minor, vat_rate,
            vat_minor, 1, price_minor, discount_minor, {period}, {released_at} FROM invoice_line WHERE id = 1
    """  # noqa: S608 - our own values


@pytest.mark.usefixtures("bought")
def test_a_period_stands_on_one_invoice(sql: Run, refused: Refused) -> None:
    sql(line_for(MARCH))
    refused("uq_invoice_line_period", line_for(MARCH, position=8))
    sql(line_for(LATER, position=9))
    sql("UPDATE invoice_line SET released_at = now() WHERE position = 7")
    sql(line_for(MARCH, position=10))
    refused("ends_after_start", line_for("'2026-05-02 09:00+00', '2026-05-02 09:00+00'", position=11))
    refused("period_whole", line_for("'2026-05-02 09:00+00', NULL", position=11))


@pytest.mark.usefixtures("bought")
def test_nobody_spends_what_they_do_not_have(sql: Run, refused: Refused) -> None:
    sql("INSERT INTO customer_credit VALUES (1, 'RUB', 'balance', 1)")
    sql("UPDATE customer_credit SET amount_minor = amount_minor - 1")
    refused("never_overdrawn", "UPDATE customer_credit SET amount_minor = amount_minor - 1")
    refused("balance_range", "UPDATE invoice SET balance_minor = total_minor + 1 WHERE id = 2")
    refused("balance_range", "UPDATE invoice SET balance_minor = -1 WHERE id = 2")
    refused("goodwill_not_negative", "UPDATE invoice SET goodwill_minor = -1 WHERE id = 2")
    sql("UPDATE invoice SET balance_minor = total_minor WHERE id = 2")


@pytest.mark.usefixtures("bought")
def test_no_payment_gives_back_more_than_it_was(sql: Run, refused: Refused) -> None:
    refused("never_refunded_twice", "UPDATE payment SET refunded_minor = amount_minor + 1")
    refused("never_refunded_twice", "UPDATE payment SET refunded_minor = -1")
    sql("UPDATE payment SET refunded_minor = amount_minor")
    refused("refunded_range", "UPDATE service_month SET refunded_minor = gross_minor + 1")
    sql("UPDATE service_month SET refunded_minor = gross_minor")


@pytest.mark.usefixtures("bought")
def test_only_what_is_wanted_is_due_for_renewal(sql: Run, refused: Refused) -> None:
    sql("UPDATE subscription SET renewal_due_at = now() WHERE id = 1")
    refused("renewal_is_wanted", "UPDATE subscription SET auto_renew = false WHERE id = 1")
    refused("renewal_is_wanted", "UPDATE subscription SET status = 'canceled' WHERE id = 1")
    sql("UPDATE subscription SET status = 'canceled', renewal_due_at = NULL WHERE id = 1")


@pytest.mark.usefixtures("bought")
def test_service_that_was_sold_is_neither_changed_nor_forgotten(sql: Run, refused: Refused) -> None:
    refused("append-only", "UPDATE service_month SET gross_minor = gross_minor - 1")
    refused("append-only", "DELETE FROM service_month")
    refused("append-only", "UPDATE ledger_entry SET amount_minor = amount_minor + 1")
    refused("append-only", "DELETE FROM ledger_entry")
    sql("UPDATE service_month SET last_day = last_day")
