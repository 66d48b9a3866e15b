"""Processes killed at the worst moments lose nothing and double nothing (faults 1 to 5).

The same with a worker that had a renderer as its child: tests/jobs/test_killed_worker.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import psutil
import pytest
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.models import Invoice, OutboxMessage, OutboxStatus, PaymentAttempt
from app.services.fault_points import (
    AFTER_CHARGE_BEFORE_SETTLE,
    AFTER_CLAIM_BEFORE_CHARGE,
    AFTER_RELAY_BEFORE_ENQUEUE,
)
from app.services.outbox import relay
from tests.embedded.processes import wait_until
from tests.factories import deliver_all, mails, rows
from tests.faults.books import assert_books_agree, charges
from tests.faults.moments import minutes_pass, until_renewal
from tests.faults.subscribers import (
    PRICE,
    Subscriber,
    done_with_documents,
    invoices,
    order_by_saved_card,
    renewal_charges,
    subscriber,
)
from tests.role_processes import kill_with_children, running_role
from tests.services.charges import states, status

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shop")]

SECONDS = 60.0
Role = Callable[..., AbstractContextManager[psutil.Process]]


@pytest.fixture
def clock() -> None:
    """Business time is what the processes read as well: real time and the offset row."""


@pytest.fixture
def role(container: Container, tmp_path: Path) -> Role:
    """Starts `run.py` in a role, on the servers of this test."""

    def start(name: str, **variables: str) -> AbstractContextManager[psutil.Process]:
        return running_role(name, container.settings, tmp_path / "roles.log", **variables)

    return start


@pytest.fixture
def who(container: Container) -> Subscriber:
    """A subscriber with a saved card; every document is made, so that no worker starts a renderer."""
    who = subscriber(container)
    done_with_documents(container)
    return who


def is_frozen(process: psutil.Process) -> bool:
    return bool(process.status() == psutil.STATUS_STOPPED)


def killed(process: psutil.Process) -> None:
    """Wait until the process stands at its fault point, and kill it there with its children."""
    wait_until(partial(is_frozen, process), SECONDS)
    psutil.wait_procs(kill_with_children(process), timeout=10)


def is_paid(container: Container, invoice_id: int) -> bool:
    return status(container, invoice_id) is InvoiceStatus.PAID


@pytest.mark.parametrize(
    ("point", "taken"), [(AFTER_CLAIM_BEFORE_CHARGE, []), (AFTER_CHARGE_BEFORE_SETTLE, [PRICE])]
)
def test_a_scheduler_killed_around_a_charge_leaves_one_charge_one_payment_one_mail(
    container: Container, role: Role, who: Subscriber, point: str, taken: list[object]
) -> None:
    """Faults 1 and 2: the janitor of another scheduler asks the provider, under the same key."""
    until_renewal(container)
    with role("scheduler", FAULT_POINT=point) as scheduler:
        killed(scheduler)
    (attempt,) = rows(container, PaymentAttempt, state=AttemptState.STARTED)
    assert renewal_charges(container, who) == taken

    minutes_pass(container)
    with role("scheduler"):
        wait_until(partial(is_paid, container, attempt.invoice_id), SECONDS)

    assert renewal_charges(container, who) == [PRICE]
    assert str(attempt.id) in {charge.idempotency_key for charge in charges(container)}
    assert states(container, attempt.invoice_id) == [AttemptState.SUCCEEDED]
    deliver_all(container)
    assert mails(container).count("subscription_renewed") == 1
    number = rows(container, Invoice, id=attempt.invoice_id)[0].full_number
    assert len(letters(container, number)) == 1
    assert_books_agree(container)


def letters(container: Container, number: str) -> list[str]:
    """The subjects of the mails in the mailbox that speak of this invoice."""
    assert container.local_mailbox is not None
    return [mail.subject for mail in container.local_mailbox.list_messages() if number in mail.text]


def hand_over(container: Container) -> None:
    relay(container.transactions, container.queue, real_now=container.wall_clock.now())


def test_a_receipt_that_nobody_enqueued_is_sent_once(
    container: Container, role: Role, who: Subscriber
) -> None:
    """Fault 3: killed after the commit, before the queue heard of it."""
    with role("scheduler", FAULT_POINT=AFTER_RELAY_BEFORE_ENQUEUE) as scheduler:
        killed(scheduler)
    (receipt,) = rows(container, OutboxMessage, name="mail.payment_received")
    assert receipt.status is OutboxStatus.RELAYED
    assert container.redis.keys("rq:*") == []

    minutes_pass(container)
    with role("scheduler"), role("worker"):
        wait_until(partial(is_done, container, receipt.id), SECONDS)

    told = letters(container, invoices(container, who)[0].full_number)
    assert len([subject for subject in told if "получена" in subject]) == 1
    assert_books_agree(container)


def is_done(container: Container, message_id: int) -> bool:
    return rows(container, OutboxMessage, id=message_id)[0].status is OutboxStatus.DONE


def test_a_job_that_is_queued_again_while_its_worker_lives_on_charges_once(
    container: Container, role: Role, who: Subscriber
) -> None:
    """Fault 4: RQ takes the worker for dead; the second run sees the claim and stops, the first ends late."""
    invoice_id = order_by_saved_card(container, who)
    (job,) = rows(container, OutboxMessage, name="payment.charge")
    with role("worker", FAULT_POINT=AFTER_CLAIM_BEFORE_CHARGE) as orphan:
        hand_over(container)
        wait_until(partial(is_frozen, orphan), SECONDS)
        minutes_pass(container)
        hand_over(container)
        with role("worker"):
            wait_until(partial(is_done, container, job.id), SECONDS)
        assert states(container, invoice_id) == [AttemptState.STARTED]
        assert renewal_charges(container, who) == []

        orphan.resume()
        wait_until(partial(is_paid, container, invoice_id), SECONDS)

    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)


@pytest.mark.parametrize("point", [AFTER_CLAIM_BEFORE_CHARGE, AFTER_CHARGE_BEFORE_SETTLE])
def test_a_charge_whose_worker_is_dead_is_settled_without_any_worker(
    container: Container, role: Role, who: Subscriber, point: str
) -> None:
    """Fault 5: RQ believes for minutes that the job is running; the database knows better at once."""
    invoice_id = order_by_saved_card(container, who)
    hand_over(container)
    with role("worker", FAULT_POINT=point) as worker:
        killed(worker)
    running = StartedJobRegistry("short", connection=container.redis, serializer=JSONSerializer)
    assert running.get_job_ids(cleanup=False) != []

    minutes_pass(container)
    with role("scheduler"):
        wait_until(partial(is_paid, container, invoice_id), SECONDS)

    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)
