"""Walls around refunds by providers, disputes and what providers told: whatever code writes the row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Container
from app.models import InvoiceLine, Payment
from app.services.disputes import look_at_dispute
from tests.factories import FACTORY, buy, create_connector, create_customer, create_payer, create_seller, rows
from tests.services.refunding import approve, asked

AGAIN = (
    "INSERT INTO dispute (provider, reference, customer_id, payment_id, currency, amount_minor, lost_minor,"
)
AGAIN += " paid_minor, written_off_minor, state, reason, opened_at) SELECT provider, reference,"
AGAIN += " customer_id, payment_id, currency,"
AGAIN += " amount_minor, 0, 0, 0, state, reason, opened_at FROM dispute"
SENDING = "UPDATE refund SET status = 'sending', sending_since = now(), next_look_at = now(), order_id = "

LINELESS = (
    "INSERT INTO refund (invoice_line_id, subscription_id, source, provider_reference, status, seller_id,"
    " customer_id, payment_id, currency, amount_minor, prepaid_minor, service_minor, to_method_minor, reason,"
    " requested_by, requested_at) SELECT NULL, NULL, '{}', 're_1', 'sent', seller_id, customer_id,"
    " payment_id, currency, amount_minor, 0, 0, amount_minor, reason, requested_by, requested_at FROM refund"
)

LOST = "UPDATE dispute SET state = 'lost', lost_minor = amount_minor"


@pytest.fixture
def run(container: Container) -> Callable[[str], None]:
    """Runs a statement beside an approved refund and an open dispute of one payment."""
    create_seller(container)
    create_connector(container)
    customer_id = create_customer(container)
    create_payer(container, customer_id)
    buy(container, customer_id, "crm-connector")
    approve(container, asked(container, customer_id, rows(container, InvoiceLine)[0].id))
    (payment,) = rows(container, Payment)
    look_at_dispute(
        container.transactions,
        container.providers,
        provider="test",
        reference=container.test_acquirer.open_dispute(payment.provider_reference, payment.amount),
        now=container.clock.now(),
    )

    def statement(sql: str) -> None:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(sql))

    return statement


@pytest.mark.parametrize(
    ("wall", "sql"),
    [
        ("ck_refund_sending_by_an_order", SENDING + "NULL"),
        ("ck_refund_sending_is_looked_at", "UPDATE refund SET status = 'sending'"),
        ("ck_refund_to_method_range", "UPDATE refund SET to_method_minor = amount_minor + 1"),
        ("ck_refund_to_method_range", "UPDATE refund SET to_method_minor = -1"),
        ("refund_status", "UPDATE refund SET status = 'lost'"),
        ("uq_dispute_provider_reference", AGAIN),
        ("refund_source", "UPDATE refund SET source = 'found in the street'"),
        ("ck_refund_made_has_name", "UPDATE refund SET source = 'made_at_provider'"),
        ("ck_refund_ours_has_line", LINELESS.format("requested")),
        ("ck_refund_line_of_subscription",
         LINELESS.format("made_at_provider").replace("NULL, NULL", "NULL, subscription_id")),
        ("uq_refund_made_at_provider",
         LINELESS.format("made_at_provider") + " CROSS JOIN generate_series(1, 2)"),
        ("ck_payment_unallocated_refunded_range", "UPDATE payment SET unallocated_refunded_minor = 1"),
        ("ck_dispute_only_a_lost_one_costs", "UPDATE dispute SET lost_minor = 1"),
        ("ck_dispute_lost_range", "UPDATE dispute SET state = 'lost', lost_minor = amount_minor + 1"),
        ("ck_dispute_amount_positive", "UPDATE dispute SET amount_minor = 0"),
        ("ck_dispute_no_more_settled_than_lost", LOST + ", paid_minor = 1, written_off_minor = amount_minor"),
        ("ck_dispute_no_more_settled_than_lost", LOST + ", paid_minor = -1"),
        ("ck_dispute_no_more_settled_than_lost", LOST + ", written_off_minor = -1"),
        ("ck_refund_one_way", "UPDATE refund SET through = 'bank'"),
        ("dispute_state", "UPDATE dispute SET state = 'sleeping'"),
        ("event_subject", "INSERT INTO webhook_event (provider, event_id, kind, subject, state, received_at)"
         " VALUES ('test', 'e', 'k', 'weather', 'received', now())"),
        ("ck_provider_cursor_found_not_negative",
         "INSERT INTO provider_cursor VALUES ('test', now(), now(), -1)"),
    ],
)  # fmt: skip
def test_the_database_refuses(run: Callable[[str], None], wall: str, sql: str) -> None:
    with pytest.raises(DBAPIError) as refusal:
        run(sql)
    assert wall in str(refusal.value.orig)


@pytest.mark.parametrize(
    "sql",
    [
        SENDING + "gen_random_uuid()",
        LINELESS.format("made_at_provider"),
        LOST,
        LOST + ", paid_minor = 1, written_off_minor = amount_minor - 1",
        "UPDATE refund SET through = 'bank', order_id = NULL",
        "INSERT INTO provider_cursor VALUES ('test', now(), now(), 0)",
        AGAIN.replace("SELECT provider, reference", "SELECT provider, 'another'"),
    ],
)
def test_the_legal_neighbour_passes(run: Callable[[str], None], sql: str) -> None:
    run(sql)


def test_a_line_has_one_refund_on_its_way_at_a_time(run: Callable[[str], None]) -> None:
    run(SENDING + "gen_random_uuid()")
    columns = "source, seller_id, customer_id, payment_id, invoice_line_id, subscription_id, decision_code"
    columns += (
        ", currency, amount_minor, prepaid_minor, service_minor, to_method_minor, reason, requested_by"
        ", requested_at"
    )
    with pytest.raises(DBAPIError) as refusal:
        run(f"INSERT INTO refund (status, {columns}) SELECT 'requested', {columns} FROM refund")  # noqa: S608
    assert "uq_refund_open_line" in str(refusal.value.orig)
