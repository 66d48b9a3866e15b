"""Every invariant can fail: a row that breaks it is found; a whole honest life breaks none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.bootstrap import Container
from app.models import Customer, StaffTask
from app.services.invariants import INVARIANTS, check_invariants, guard_invariants
from app.services.invariants.corrections import CORRECTIONS
from app.services.invariants.documents import DOCUMENTS
from app.services.parking import resume_billing
from tests.factories import (
    FACTORY,
    buy,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    order,
    rows,
    trial_key,
)

RunJson = Callable[..., Any]
REFUND = (
    "INSERT INTO refund (source, seller_id, customer_id, payment_id, invoice_line_id, subscription_id,"
    " status, decision_code, currency, amount_minor, prepaid_minor, service_minor, to_method_minor, reason,"
    " requested_by, requested_at) SELECT 'requested', 1, customer_id, id, 1, 1, 'approved', 'FIRST_DAYS',"
    " currency, amount_minor, 0, 0, amount_minor, '', '', now() FROM payment"
)
BANK_LINE = (
    "INSERT INTO bank_line (statement_id, seller_id, account, fingerprint, position, booked_on, currency,"
    " amount_minor, reference, purpose, party_name, decided_by, decided_at, direction, state, finding,"
    " refund_id) SELECT 1, 1, '', 'f', 1, now(), 'RUB', 100, '', '', '', '', now(), "
)
BREACHES = {
    "a booked bank line equals its payments": f"{BANK_LINE} 'in', 'matched', 'exact', NULL",
    "a refund leaves with one bank line at most, of its sum": (
        f"{REFUND}; {BANK_LINE} 'out', 'settled_refund', 'refund', id FROM refund"
    ),
    "the history of every refund ends in its status": REFUND,
    "what is still to be sent of a refund is all that returns to its method, until it is sent": REFUND,
    "only listed changes of the status of refund happened": (
        "INSERT INTO status_change (object_kind, object_id, old_status, new_status, at, actor_kind,"
        " actor_identity, reason) VALUES ('refund', '1', 'rejected', 'sent', now(), 'system', 'x', 'x')"
    ),
    "the history of every dispute ends in its state": (
        "INSERT INTO dispute (provider, reference, customer_id, payment_id, currency, amount_minor,"
        " lost_minor, paid_minor, written_off_minor, state, reason, opened_at)"
        " SELECT provider, 'dp_1', customer_id, id, currency, amount_minor, 0, 0, 0, 'open',"
        " 'fraudulent', now() FROM payment"
    ),
    "money that was used equals the lines that started": "UPDATE payment SET unallocated_minor = 1",
    "an unpaid invoice has used no money": "UPDATE invoice SET status = 'open', paid_at = NULL",
    "a succeeded attempt has one payment of its amount": "UPDATE payment_attempt SET amount_minor = 1",
    "money that paid nothing has a task for staff": "UPDATE payment SET unallocated_minor = 1",
    "an invoice is the sum of its lines": "UPDATE invoice_line SET total_minor = total_minor +"
    " 1, price_minor = price_minor + 1",
    "the VAT of a line is the rate's share of its price, rounded half-up": (
        "UPDATE invoice_line SET vat_minor = vat_minor - 1"
    ),
    "at most one attempt of an invoice is in doubt": (
        "DROP INDEX uq_payment_attempt_in_doubt; UPDATE payment_attempt SET state = 'unknown';"
        "INSERT INTO payment_attempt"
        " (id, invoice_id, ordinal, provider, state, currency, amount_minor, started_at, hard_decline)"
        " SELECT gen_random_uuid(), invoice_id, ordinal + 1, provider, state, currency, amount_minor,"
        " started_at, false FROM payment_attempt"
    ),
    "numbers of a series and year have no gap": "UPDATE invoice SET number = number + 1",
    "an invoice has its document, with its number": "DELETE FROM document",
    "a higher number was never issued on an earlier day": (
        "UPDATE invoice SET number = number + 1; INSERT INTO invoice (seller_id, customer_id,"
        " payer_id, series,"
        " year, number, status, method, purpose, currency, total_minor, vat_minor, balance_minor,"
        " goodwill_minor, issued_on, issued_at, due_on) SELECT seller_id, customer_id,"
        " payer_id, series, year,"
        " number - 1, 'open', method, purpose, currency, total_minor, vat_minor, 0, 0, issued_on + 1,"
        " issued_at, due_on FROM invoice"
    ),
    "refunds take from a payment exactly what it says, and never more than it was": (
        "UPDATE payment SET refunded_minor = 1"
    ),
    "one payment at most pays an invoice, beside the customer's balance": (
        "INSERT INTO payment (customer_id, invoice_id, provider, provider_reference, method_label, currency,"
        " amount_minor, unallocated_minor, refunded_minor, unallocated_refunded_minor, received_at)"
        " SELECT customer_id, invoice_id, provider,"
        " 'again', method_label, currency, amount_minor, 1, 0, 0, received_at FROM payment"
    ),
    "no account of a customer stands on the side where it can never be": (
        "UPDATE ledger_entry SET debit = 'advances', credit = 'cash:test' WHERE kind = 'money_received'"
    ),
    "the money of every payment stands in the ledger": "DELETE FROM ledger_entry",
    "advances are the paid service that is still to be given": (
        "UPDATE service_month SET recognised_at = now(), vat_minor = 0"
    ),
    "the VAT on advances is that of the service still to be given": (
        "UPDATE service_month SET advance_vat_minor = 0"
    ),
    "a customer's balance is what the ledger says, less what open invoices have reserved": (
        "INSERT INTO customer_credit SELECT id, 'RUB', 'balance', 1 FROM customer"
    ),
    "a customer's goodwill is what the ledger says, less what open invoices have reserved": (
        "INSERT INTO customer_credit SELECT id, 'RUB', 'goodwill', 1 FROM customer"
    ),
    "what customers owe is usage that they have not paid, and what banks took back of payments": (
        "UPDATE invoice SET status = 'open', paid_at = NULL, purpose = 'usage'"
    ),
    "the months of a line add up to the line": "UPDATE service_month SET gross_minor = gross_minor + 1",
    "a period of a subscription stands on one invoice": (
        "DROP INDEX uq_invoice_line_period; UPDATE invoice_line SET period_start = now(),"
        " period_end = now() + interval '1 day'; INSERT INTO invoice_line (invoice_id, position,"
        " subscription_id, price_version_id, description, interval, currency, total_minor,"
        " vat_rate, vat_minor,"
        " quantity, price_minor, discount_minor, period_start, period_end) SELECT invoice_id, position + 9,"
        " subscription_id, price_version_id, description, interval, currency, total_minor,"
        " vat_rate, vat_minor,"
        " quantity, price_minor, discount_minor, period_start, period_end FROM invoice_line"
    ),
    "a subscription that renews is going to: told, invoiced or standing on an invoice": (
        "UPDATE subscription SET notice_due_at = NULL, renewal_due_at = NULL"
    ),
    "dunning has a first failure and an open invoice, and nothing else has": (
        "UPDATE subscription SET first_failed_at = now()"
    ),
    "no renewal is asked for that nobody can use": (
        "UPDATE invoice SET status = 'open', paid_at = NULL, purpose = 'renewal';"
        "UPDATE subscription SET status = 'canceled', renewal_due_at = NULL"
    ),
    "what was used is on the bill of its month": (
        "INSERT INTO usage_month (subscription_id, month, operations) SELECT id, '2026-01-01',"
        " 1 FROM subscription"
    ),
    "every key that was shown has an audit entry": "DELETE FROM audit_entry",
    "only listed changes of the status of subscription happened": (
        "UPDATE status_change SET old_status = 'expired', new_status = 'trial'"
        " WHERE object_kind = 'subscription' AND old_status IS NOT NULL"
    ),
    "only listed changes of the status of invoice happened": (
        "UPDATE status_change SET old_status = 'void' WHERE object_kind = 'invoice' AND old_status = 'open'"
    ),
    "only listed changes of the status of payment_attempt happened": (
        "UPDATE status_change SET old_status = 'failed'"
        " WHERE object_kind = 'payment_attempt' AND old_status IS NOT NULL"
    ),
    "service_month and its invoice belong to one customer": (
        "UPDATE service_month SET customer_id = customer_id + 1"
    ),
    "ledger_entry and its invoice belong to one customer": (
        "UPDATE ledger_entry SET customer_id = customer_id + 1"
    ),
    "a provider's event does not wait for longer than an hour": (
        "INSERT INTO webhook_event (provider, event_id, kind, subject, state, received_at)"
        " VALUES ('test', 'evt', 'charge', 'payment', 'received', now() - interval '2 hours')"
    ),
    "a paid period belongs to a paid line of its own subscription": (
        "UPDATE invoice SET status = 'open', paid_at = NULL"
    ),
    "a paid subscription shows its last paid period": "UPDATE subscription SET period_end = now()",
    "the history of every subscription ends in its status": "UPDATE subscription SET status = 'expired'",
    "the history of every invoice ends in its status": "UPDATE invoice SET status = 'open', paid_at = NULL",
    "the history of every api_key ends in its status": "UPDATE api_key SET status = 'deactivated'",
    "the history of every customer ends in its status": "UPDATE customer SET status = 'blocked'",
    "the history of every payment_attempt ends in its state": "UPDATE payment_attempt SET state = 'failed'",
    "every change of status starts where the one before ended": (
        "UPDATE status_change SET old_status = 'trial' WHERE object_kind = 'invoice' AND old_status = 'open'"
    ),
    "payment and its invoice belong to one customer": "UPDATE payment SET customer_id = customer_id + 1",
    "document and its invoice belong to one customer": "UPDATE document SET customer_id = customer_id + 1",
    "invoice and its payer belong to one customer": "UPDATE payer SET customer_id = customer_id + 1",
    "invoice and its cart belong to one customer": "UPDATE cart SET customer_id = customer_id + 1",
    "invoice_line and its subscription belong to one customer": (
        "UPDATE subscription SET customer_id = customer_id + 1"
    ),
    "payment_attempt and its payment_method belong to one customer": (
        "UPDATE payment_attempt SET payment_method_id = (SELECT id FROM payment_method);"
        "UPDATE payment_method SET customer_id = customer_id + 1"
    ),
    "no API key stands anywhere in plain text": (
        "UPDATE api_key SET name = concat('bpm_prod_', repeat('a', 32))"
    ),
    "promised work is not due for longer than an hour": (
        "UPDATE outbox_message SET available_at = now() - interval '2 hours'"
    ),
    "paid periods of a subscription do not overlap": (
        "ALTER TABLE subscription_period DROP CONSTRAINT ex_subscription_period_no_overlap;"
        "INSERT INTO subscription_period (subscription_id, starts_at, ends_at, price_version_id,"
        " invoice_line_id) SELECT subscription_id, starts_at + interval '1 day', ends_at, price_version_id,"
        " invoice_line_id + 1 FROM subscription_period"
    ),
    "one live subscription per customer, connector and Make account": (
        "DROP INDEX uq_subscription_live_account; UPDATE subscription SET make_account = 'one';"
        "INSERT INTO subscription (customer_id, connector_id, make_account, status, interval, currency,"
        " auto_renew, anchor_day, first_paid_at, period_start, period_end, created_at, method,"
        " continues_after_trial, metered)"
        " SELECT customer_id, connector_id, make_account, status, interval, currency, auto_renew,"
        " anchor_day, first_paid_at, period_start, period_end, created_at, method, false, false"
        " FROM subscription"
    ),
}


@pytest.fixture
def customer_id(container: Container) -> int:
    """Somebody who tried, bought and has a second order that is still open."""
    create_seller(container)
    connectors = [create_connector(container), create_connector(container, "erp-connector")]
    customer_id = create_customer(container)
    create_payer(container, customer_id)
    trial_key(container, customer_id, connectors[:1])
    buy(container, customer_id, "crm-connector")
    with container.transactions.begin(FACTORY) as work:
        work.record_status("customer", customer_id, None, "active", "registered", container.clock.now())
    return customer_id


def violated(container: Container) -> set[str]:
    real_now = container.wall_clock.now()
    return {each.name for each in check_invariants(container.transactions, real_now=real_now) if each.count}


def test_an_honest_life_breaks_nothing(container: Container, customer_id: int) -> None:
    order(container, customer_id, "erp-connector")

    assert violated(container) == set()


def test_numbers_may_have_seven_digits(container: Container, customer_id: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("UPDATE number_series SET last_number = 999999"))

    order(container, customer_id, "erp-connector")

    assert violated(container) == {"numbers of a series and year have no gap"}  # the one the test has made


def test_every_invariant_has_a_breach() -> None:
    of_documents = {invariant.name for invariant in (*DOCUMENTS, *CORRECTIONS)}  # in files of their own
    assert {invariant.name for invariant in INVARIANTS} == set(BREACHES) | of_documents


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_a_breach_is_found(container: Container, customer_id: int, name: str) -> None:
    container.engine.dispose()
    address = container.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        # As a superuser past every trigger, in a transaction that is undone: the walls stay for other tests.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(BREACHES[name])
        query = next(each.query for each in INVARIANTS if each.name == name)
        due_since = container.wall_clock.now() - timedelta(hours=1)
        found = connection.execute(query.replace(":due_since", f"'{due_since.isoformat()}'")).fetchall()
        connection.rollback()

    assert found


def test_the_command_tells_what_is_broken(container: Container, customer_id: int, run_json: RunJson) -> None:
    assert run_json("invariants")["violations"] == 0
    with container.transactions.begin(FACTORY) as work:
        work.customers.get(customer_id, lock=True).status = "blocked"  # type: ignore[assignment]  # past the use cases

    report = run_json("invariants", exit_code=1)

    (broken,) = [each for each in report["invariants"] if each["violations"]]
    assert broken["name"] == "the history of every customer ends in its status"
    assert broken["examples"] == [str(customer_id)]


def test_the_billing_of_whom_a_breach_concerns_stops_and_staff_are_told(
    container: Container, customer_id: int
) -> None:
    with container.transactions.begin(FACTORY) as work:
        (row,) = work.subscriptions.of_customer(customer_id)
        row.notice_due_at = row.renewal_due_at = None
    now = container.clock.now()

    (broken,) = guard_invariants(container.transactions, now=now, real_now=container.wall_clock.now())

    assert (broken.number, broken.customers) == ("INV9", (customer_id,))
    parked = rows(container, Customer)[0]
    assert parked.billing_parked_at == now
    assert parked.billing_parked_reason is not None
    assert parked.billing_parked_reason.startswith("INV9")
    assert {task.kind for task in rows(container, StaffTask)} == {"invariant_broken", "billing_parked"}

    resume_billing(
        container.transactions, actor=FACTORY, customer_id=customer_id, reason="looked at it", now=now
    )

    assert violated(container) == set()
    assert rows(container, Customer)[0].billing_parked_at is None
