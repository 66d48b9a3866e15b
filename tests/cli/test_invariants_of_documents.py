"""Every invariant of documents can fail: a row that breaks it is found; honest documents break none (J3)."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from app.bootstrap import Container
from app.models import DocumentKind, OperationPrice
from app.services.invariants import INVARIANTS, check_invariants
from app.services.invariants.documents import DOCUMENTS
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, production_key, rows
from tests.services.issuing.papers import documents
from tests.services.metered import APRIL_BEGINS, create_metered_connector, start, use
from tests.shop import alice, invoice_id, method_id, shop

__all__ = ["alice", "invoice_id", "method_id", "shop"]

LATER = "UPDATE {table} SET documented_at = {since} + interval '2 hours' WHERE id = 1;"
FORGOTTEN = LATER + "UPDATE {table} SET documented_at = NULL WHERE id = {second}"  # noqa: S608 - our own names
BREACHES = {
    "a VAT invoice of an advance says the VAT that the ledger was charged with": (
        "UPDATE document SET vat_minor = vat_minor - 1 WHERE kind = 'advance_invoice' AND ordinal = 2"
    ),
    "every advance taxed for a Russian business has its VAT invoice": (
        "DELETE FROM document WHERE kind = 'advance_invoice'"
    ),
    "every service month is on one document, with the sums that were booked": (
        "UPDATE document_line SET vat_minor = vat_minor + 1"
        " WHERE kind = 'transfer' AND service_month_id IS NOT NULL"
    ),
    "an invoice of operations is on documents with the sums that were booked": (
        "UPDATE document_line SET gross_minor = gross_minor + 1"
        " WHERE kind = 'transfer' AND service_month_id IS NULL"
    ),
    "documents of service use of each advance the VAT that was deducted": (
        "UPDATE document_advance SET vat_minor = vat_minor - 1"
    ),
    "a tax document is the sum of its lines": (
        "UPDATE document SET total_minor = total_minor + 1 WHERE kind = 'transfer'"
    ),
    "every payment of new money has its receipt over its amount": (
        "UPDATE document SET total_minor = total_minor + 1 WHERE kind = 'receipt'"
    ),
    "service that was given has its documents, or a task says why not": FORGOTTEN.format(
        table="service_month", since="recognised_at", second=2
    ),
    "a prepayment has its VAT invoice, or a task says why not": FORGOTTEN.format(
        table="invoice", since="paid_at", second=2
    ),
    "a payment has its receipt, or a task says why not": FORGOTTEN.format(
        table="payment", since="received_at", second=3
    ),
    "a refund has its receipt, or a task says why not": (
        "INSERT INTO refund (seller_id, customer_id, payment_id, invoice_line_id, subscription_id, source,"
        " status, decision_code, currency, amount_minor, prepaid_minor, service_minor, to_method_minor,"
        " reason, requested_by, requested_at, sent_at, documented_at) SELECT 1, customer_id, id, 1, 1,"
        " 'requested', 'sent', 'X', currency, 1, 0, 0, 1, '', '', received_at, received_at,"
        " CASE id WHEN 1 THEN received_at + interval '2 hours' END FROM payment WHERE id < 4"
    ),
}
OTHER_BREACHES = {
    "numbers of a series and year have no gap": (
        "UPDATE document SET ordinal = ordinal + 1 WHERE kind = 'advance_invoice' AND ordinal = 4"
    ),
    "a higher number was never issued on an earlier day": (
        "UPDATE document SET issued_on = issued_on + 1 WHERE kind = 'advance_invoice' AND ordinal = 1"
    ),
}


@pytest.fixture
def life(container: Container, clock: ManualClock, alice: int) -> None:
    """Two businesses that bought a month, which was given, and operations of one of them."""
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    for customer_id in (alice, bob):
        buy(container, customer_id, "crm-connector")
    create_metered_connector(container)
    subscription_id = start(container, alice)
    production_key(container, alice)
    use(container, 5, subscription_id=subscription_id)
    for instant in (clock.now(), APRIL_BEGINS + timedelta(hours=1), APRIL_BEGINS + timedelta(days=3)):
        clock.move_to(instant)
        sweep(container.billing_run())
    assert len(documents(container, DocumentKind.TRANSFER)) == 3
    assert rows(container, OperationPrice) != []


def broken(container: Container) -> set[str]:
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    asked = {*BREACHES, *OTHER_BREACHES}
    return {each.name for each in verdicts if each.count and each.name in asked}


def test_every_invariant_of_documents_has_a_breach() -> None:
    assert {invariant.name for invariant in DOCUMENTS} == set(BREACHES)


@pytest.mark.usefixtures("life")
def test_honest_documents_break_nothing(container: Container) -> None:
    assert broken(container) == set()


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("name", sorted(BREACHES | OTHER_BREACHES))
def test_a_breach_is_found(container: Container, name: str) -> None:
    container.engine.dispose()
    address = container.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        # As a superuser past every trigger, in a transaction that is undone: the walls stay for other tests.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute((BREACHES | OTHER_BREACHES)[name])
        invariant = next(each for each in INVARIANTS if each.name == name)
        found = connection.execute(f"SELECT count(*) FROM ({invariant.query}) AS broken").fetchone()  # noqa: S608
        connection.rollback()
    assert found is not None
    assert found[0] > 0


@pytest.mark.usefixtures("life")
def test_a_task_explains_what_is_not_documented(container: Container) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(FORGOTTEN.format(table="payment", since="received_at", second=3)))
    assert broken(container) >= {"a payment has its receipt, or a task says why not"}
    with container.transactions.begin(FACTORY) as work:
        owner = work.payments.get(3).customer_id
        work.ask_staff("documents:RATE_MISSING", "payment", 3, owner, container.clock.now())
    assert "a payment has its receipt, or a task says why not" not in broken(container)
