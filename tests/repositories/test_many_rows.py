"""Many rows are written by one statement, and by no other way than one by one would have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.bootstrap import Container
from app.models import ApiKey, Customer, LedgerEntry, OutboxMessage, OutboxStatus
from app.repositories.many_rows import MANY, NotTold, insert_rows
from tests.factories import FACTORY, LONG_AGO, create_customer, create_seller, rows


@contextmanager
def statements(container: Container) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(container.engine, "before_cursor_execute", note)
    yield sent
    event.remove(container.engine, "before_cursor_execute", note)


def message(number: int, **columns: Any) -> dict[str, Any]:
    return {
        "name": "mail.test",
        "queue": "short",
        "payload": {"numbers": [number, None], "text": '«ё» \\ " \n'},
        "dedupe_key": f"test:{number}",
        "status": OutboxStatus.WAITING,
        "created_at": LONG_AGO,
        "available_at": LONG_AGO + timedelta(microseconds=number),
    } | columns


def many_customers(container: Container, count: int = MANY) -> list[int]:
    return [create_customer(container, f"c{number}@example.com") for number in range(count)]


def test_rows_arrive_as_they_were_given(container: Container) -> None:
    with container.transactions.begin(FACTORY) as work, statements(container) as sent:
        insert_rows(work.session, OutboxMessage, [message(number) for number in range(500)])

    assert len(sent) == 1
    stored = rows(container, OutboxMessage)
    assert [row.dedupe_key for row in stored] == [f"test:{number}" for number in range(500)]
    assert stored[7].payload == message(7)["payload"]
    assert stored[7].available_at == message(7)["available_at"]
    assert {row.attempts for row in stored} == {0}  # the model's default
    assert {row.finished_at for row in stored} == {None}


def test_a_broken_wall_is_an_error_unless_conflicts_are_skipped(container: Container) -> None:
    twice = [message(1), message(1)]
    with pytest.raises(IntegrityError), container.transactions.begin(FACTORY) as work:
        insert_rows(work.session, OutboxMessage, twice)
    assert rows(container, OutboxMessage) == []

    with container.transactions.begin(FACTORY) as work:
        insert_rows(work.session, OutboxMessage, twice, skip_conflicts=True)
    assert len(rows(container, OutboxMessage)) == 1


def test_nothing_is_cut_to_fit(container: Container) -> None:
    create_seller(container)
    entry = {"seller_id": 1, "customer_id": create_customer(container), "debit": "a", "credit": "b"}
    entry |= {"kind": "k" * 41, "currency": "RUB", "amount_minor": 1, "at": LONG_AGO, "booked_on": LONG_AGO}
    with (
        pytest.raises(Exception, match="too long for type"),
        container.transactions.begin(FACTORY) as work,
    ):
        insert_rows(work.session, LedgerEntry, [entry])


def test_changes_of_many_rows_are_one_statement(container: Container) -> None:
    ids = many_customers(container)
    with container.transactions.begin(FACTORY) as work, statements(container) as sent:
        for customer in work.customers.locked_all(ids):
            customer.name, customer.phone = f"Name {customer.id}", None
            customer.billing_parked_at, customer.billing_parked_reason = LONG_AGO, "test"
        work.session.flush()
        work.session.flush()

    assert len([each for each in sent if each.startswith("UPDATE")]) == 1
    stored = rows(container, Customer)
    assert [row.name for row in stored] == [f"Name {each}" for each in ids]
    assert {(row.billing_parked_at, row.billing_parked_reason) for row in stored} == {(LONG_AGO, "test")}


def test_rows_changed_in_different_ways_keep_what_was_not_changed(container: Container) -> None:
    ids = many_customers(container, 2 * MANY + 1)
    with container.transactions.begin(FACTORY) as work:
        for customer in work.customers.locked_all(ids):
            if customer.id % 2:
                customer.name = "odd"
            else:
                customer.phone = "even"
        work.session.flush()
        work.customers.get(ids[0]).name = "changed again"

    stored = rows(container, Customer)
    assert [(row.name, row.phone) for row in stored[:3]] == [
        ("changed again" if ids[0] % 2 else "Алиса", None if ids[0] % 2 else "even"),
        ("odd" if ids[1] % 2 else "Алиса", None if ids[1] % 2 else "even"),
        ("odd" if ids[2] % 2 else "Алиса", None if ids[2] % 2 else "even"),
    ]


def test_what_a_document_cannot_hold_is_written_by_the_session(container: Container) -> None:
    for customer_id in many_customers(container):
        with container.transactions.begin(FACTORY) as work:
            work.session.add(
                ApiKey(
                    customer_id=customer_id,
                    kind=ApiKeyKind.PRODUCTION,
                    scopes=["check"],
                    name="key",
                    status=ApiKeyStatus.UNCLAIMED,
                    created_at=LONG_AGO,
                )
            )
    with container.transactions.begin(FACTORY) as work:
        for key in work.session.query(ApiKey):
            key.status, key.claimed_at = ApiKeyStatus.ACTIVE, LONG_AGO
            key.fingerprint, key.bcrypt_hash = bytes([key.id % 256]) * 32, "-"

    assert rows(container, ApiKey)[0].fingerprint == bytes([rows(container, ApiKey)[0].id % 256]) * 32


def test_sums_made_by_the_database_are_written_by_the_session(container: Container) -> None:
    ids = many_customers(container)
    with container.transactions.begin(FACTORY) as work:
        for customer in work.customers.locked_all(ids):
            customer.name = Customer.name + "!"  # an expression, as sessions take it

    assert {row.name for row in rows(container, Customer)} == {"Алиса!"}


def test_a_row_with_what_no_document_holds_is_refused(container: Container) -> None:
    with container.transactions.begin(FACTORY) as work, pytest.raises(NotTold):
        insert_rows(work.session, OutboxMessage, [message(1, payload={"bytes": b""})])


def test_a_wall_broken_by_a_change_is_an_error(container: Container) -> None:
    ids = many_customers(container)
    with container.transactions.begin(FACTORY) as work:
        for customer in work.customers.locked_all(ids):
            customer.email = "same@example.com"
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()
    assert len({row.email for row in rows(container, Customer)}) == MANY
