"""The unit of work: one transaction, one commit, with its history, audit and outbox (design §2.4)."""

from collections.abc import Callable

import pytest

from app.billing.actors import Actor
from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus
from app.billing.mail import MailKind
from app.billing.subscription import SubscriptionStatus
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import AuditEntry, Customer, Invoice, OutboxMessage, StaffTask, StatusChange, Subscription
from app.services.unit_of_work import UnitOfWork
from tests.factories import create_customer, rows

STAFF = Actor.staff("olga")


class PowerCut(Exception):
    """Everything stops in the middle of a use case."""


def interrupted(container: Container, write: Callable[[UnitOfWork], None]) -> None:
    with container.transactions.begin(STAFF) as work:
        write(work)
        work.session.flush()
        work.write_records()
        raise PowerCut


def test_everything_or_nothing(container: Container, alice: int) -> None:
    with pytest.raises(PowerCut):
        interrupted(container, _write_everything(container, alice))
    assert rows(container, Customer)[0].name == "Алиса"
    for table in (AuditEntry, StatusChange, OutboxMessage, StaffTask):
        assert [row for row in rows(container, table) if "test" in str(vars(row))] == []


def test_records_carry_who_did_it(container: Container, alice: int) -> None:
    with container.transactions.begin(STAFF) as work:
        _write_everything(container, alice)(work)
    (entry,) = rows(container, AuditEntry, action="test.deed")
    (change,) = rows(container, StatusChange, object_kind="test")
    (task,) = rows(container, StaffTask)
    (message,) = rows(container, OutboxMessage)
    assert (entry.actor_kind, entry.actor_identity, entry.details) == ("staff", "olga", {})
    assert (change.actor_kind, change.actor_identity) == ("staff", "olga")
    assert (task.kind, task.object_id) == ("test_task", "7")
    assert (message.name, message.dedupe_key, message.customer_id) == (
        "mail.already_registered",
        "mail.already_registered:test",
        alice,
    )
    assert rows(container, Customer)[0].name == "Test"


def _write_everything(container: Container, customer_id: int) -> Callable[[UnitOfWork], None]:
    def write(work: UnitOfWork) -> None:
        now = container.clock.now()
        work.customers.get(customer_id).name = "Test"
        work.audit("test.deed", "test", 7, now=now, customer_id=customer_id)
        work.record_status("test", 7, None, "new", "test", now)
        for _ in range(2):
            work.ask_staff("test_task", "test", 7, customer_id, now)
            work.promise_mail(MailKind.ALREADY_REGISTERED, customer_id, dedupe_key="test")

    return write


def test_reading_changes_nothing(container: Container, alice: int) -> None:
    with container.transactions.reading() as repositories:
        repositories.customers.get(alice).name = "Changed"
    assert rows(container, Customer)[0].name == "Алиса"


def test_only_the_table_of_transitions_moves_a_status(
    container: Container, alice: int, invoice_id: int
) -> None:
    now = container.clock.now()
    with pytest.raises(IllegalTransition), container.transactions.begin(STAFF) as work:
        work.move_subscription(work.subscriptions.get(1), SubscriptionStatus.CANCELED, "test", now)
    with pytest.raises(IllegalTransition), container.transactions.begin(STAFF) as work:
        work.move_invoice(work.invoices.get(invoice_id), InvoiceStatus.OPEN, "test", now)
    assert rows(container, Subscription)[0].status is SubscriptionStatus.PENDING
    assert rows(container, Invoice)[0].status is InvoiceStatus.OPEN


def test_what_does_not_exist_is_not_found(container: Container) -> None:
    create_customer(container)
    with container.transactions.reading() as repositories:
        for repository in (repositories.customers, repositories.invoices, repositories.documents):
            with pytest.raises(NotFound):
                repository.get(10**9)
        with pytest.raises(NotFound):
            repositories.invoices.locked(10**9)
        with pytest.raises(NotFound):
            repositories.sellers.current()
        with pytest.raises(NotFound):
            repositories.terms.current(container.clock.now())
