"""Invariants of bank lines and refunds: each broken row is found, an honest story breaks none."""

from __future__ import annotations

import psycopg
import pytest

from app.bootstrap import Container
from app.models import BankLine, InvoiceLine
from app.services.invariants import INVARIANTS
from app.services.refund_orders import make_payment_order
from tests.bank import ANNA, bring, broken_rules, line
from tests.bank import sent as left
from tests.factories import rows
from tests.ledger_rows import Sale, registered, sold
from tests.services.refunding import approve, asked, rub
from tests.services.test_refunds_by_bank import RECIPIENT

LINE = "a booked bank line equals its payments"
REFUND_LINE = "a refund leaves with one bank line at most, of its sum"
TAKEN = "refunds take from a payment exactly what it says, and never more than it was"


def broken_by(container: Container, *breaches: str) -> set[str]:
    """The rules of refunds and lines that do not hold after these statements, which are undone again."""
    address = container.settings.database_url.replace("+psycopg", "")
    rules = [each for each in INVARIANTS if each.name in {LINE, REFUND_LINE, TAKEN}]
    with psycopg.connect(address) as connection:
        # As a superuser past every trigger, in a transaction that is undone: the walls stay for other tests.
        connection.execute("SET LOCAL session_replication_role = replica")
        for breach in breaches:
            connection.execute(breach)
        found = {each.name for each in rules if connection.execute(each.query).fetchall()}
        connection.rollback()
    return found


@pytest.fixture
def story(container: Container, alice: int, invoice_id: int) -> None:
    """A line that paid an invoice, one that waits, and a refund of it that has left by bank."""
    registered(container, alice)
    bring(container, line("Оплата по счёту СЧ-2026-000001"), line("за услуги", 500))
    refund_id = asked(container, alice, rows(container, InvoiceLine)[0].id)
    approve(container, refund_id)
    order = make_payment_order(
        container.transactions,
        actor=ANNA,
        refund_id=refund_id,
        recipient=RECIPIENT,
        now=container.clock.now(),
    )
    bring(container, left(order.purpose), name="out.txt")


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    ("breach", "name"),
    [
        ("UPDATE bank_line SET amount_minor = amount_minor + 1 WHERE id = 1", LINE),
        ("UPDATE bank_line_share SET amount_minor = amount_minor - 1", LINE),
        ("DELETE FROM bank_line_share", LINE),
        ("UPDATE payment SET provider = 'test'", LINE),
        (
            "UPDATE bank_line SET state = 'unmatched', decided_at = NULL, decided_by = NULL WHERE id = 1",
            LINE,
        ),
        ("UPDATE bank_line SET amount_minor = amount_minor + 1 WHERE id = 3", REFUND_LINE),
        ("UPDATE refund SET through = 'test'", REFUND_LINE),
        ("UPDATE refund SET status = 'failed'", REFUND_LINE),
        ("UPDATE payment SET refunded_minor = refunded_minor - 1", TAKEN),
        ("UPDATE refund SET to_method_minor = to_method_minor - 1", TAKEN),
    ],
)
def test_a_breach_is_found(container: Container, breach: str, name: str) -> None:
    assert broken_rules(container) == []
    assert name in broken_by(container, breach)


@pytest.mark.usefixtures("story")
def test_a_second_line_of_one_refund_is_found(container: Container) -> None:
    (row,) = rows(container, BankLine, id=3)
    columns = "statement_id, seller_id, account, position, booked_on, direction, currency, amount_minor,"
    columns += " reference, purpose, party_name, state, finding, refund_id, decided_by, decided_at, reason"
    copy = f"INSERT INTO bank_line (fingerprint, {columns}) SELECT 'another', {columns} FROM bank_line"  # noqa: S608
    assert broken_by(container, f"{copy} WHERE id = {row.id}") == {REFUND_LINE}


def test_what_is_taken_from_the_wrong_payment_is_found(container: Container, alice: int) -> None:
    registered(container, alice)
    paid = sold(container, alice, Sale(balance=rub(40_000)))
    approve(container, asked(container, alice, paid.line_id))
    assert broken_by(container) == set()
    less = "UPDATE refund SET amount_minor = amount_minor - 2, prepaid_minor = prepaid_minor - 2"
    evenly = f"{less}, to_method_minor = to_method_minor - 1"
    of_each = "UPDATE payment SET refunded_minor = refunded_minor - 1"
    of_the_card = "UPDATE payment SET refunded_minor = refunded_minor - 2 WHERE provider = 'test'"
    assert broken_by(container, evenly, of_each) == set()
    assert broken_by(container, evenly, of_the_card) == {TAKEN}
