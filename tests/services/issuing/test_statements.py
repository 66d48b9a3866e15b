"""Issuing costs a fixed number of statements a chunk, however many documents are in it (design §2.4)."""

from __future__ import annotations

from app.bootstrap import Container
from app.services.issuing import issue_due_documents
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import create_customer, create_payer
from tests.ledger_rows import sold
from tests.services.issuing.papers import documents
from tests.services.renewing import statements

MOST = 60
"""Three kinds of documents, each with its search, locks, facts, numbers and inserts."""


def sell(container: Container, first: int, count: int) -> None:
    for number in range(first, first + count):
        customer_id = create_customer(container, f"c{number}@example.com")
        create_payer(container, customer_id)
        sold(container, customer_id)


def cost(container: Container, clock: ManualClock, first: int, count: int) -> int:
    """Statements for the advances, УПД and receipts of so many customers."""
    sell(container, first, count)
    clock.advance(days=31)
    recognise_revenue(container.transactions, now=clock.now())
    before = len(documents(container))
    with statements(container) as sent:
        issue_due_documents(container.transactions, now=clock.now())
    assert len(documents(container)) - before == 3 * count
    return len(sent)


def test_many_cost_as_many_statements_as_few(container: Container, clock: ManualClock, shop: object) -> None:
    few = cost(container, clock, 0, 3)
    many = cost(container, clock, 3, 60)
    assert many == few <= MOST


def test_nothing_due_costs_next_to_nothing(container: Container, clock: ManualClock, shop: object) -> None:
    with statements(container) as sent:
        issue_due_documents(container.transactions, now=clock.now())
    assert len(sent) <= 5
