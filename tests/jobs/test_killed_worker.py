"""A worker that is killed with its child between charge and settlement leads to one payment (design §2.5)."""

from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.models import (
    Document,
    DocumentStatus,
    Invoice,
    OutboxMessage,
    OutboxStatus,
    Payment,
    PaymentAttempt,
    SubscriptionPeriod,
)
from app.repositories.clock import SystemClock
from app.services.fault_points import AFTER_CHARGE_BEFORE_SETTLE
from app.services.outbox import relay
from tests.clock import ManualClock
from tests.embedded.processes import wait_until
from tests.factories import FACTORY, order, promised, rows
from tests.role_processes import kill_with_children, running_role
from tests.services.charges import PRICE, ask_for_charge, states, status, taken

pytestmark = pytest.mark.slow


@pytest.fixture
def clock() -> ManualClock:
    """Business time is real time, as the processes have it."""
    return ManualClock(SystemClock().now())


def hand_over(container: Container) -> None:
    relay(container.transactions, container.queue, real_now=container.wall_clock.now())


def an_hour_passes(container: Container) -> None:
    """Real time can't be moved, so what it is compared with is."""
    hour = timedelta(hours=1)
    with container.transactions.begin(FACTORY) as work:
        for attempt in work.session.query(PaymentAttempt):
            attempt.started_at -= hour
        for message in work.session.query(OutboxMessage):
            message.available_at -= hour
            if message.leased_until is not None:
                message.leased_until -= hour


def frozen_worker_is_killed(container: Container, invoice_id: int, worker: psutil.Process) -> None:
    """Wait until the worker stands between charge and settlement, look around, kill it with its child."""
    wait_until(lambda: worker.status() == psutil.STATUS_STOPPED, 30)
    assert states(container, invoice_id) == [AttemptState.STARTED]
    assert taken(container) == [PRICE, PRICE]
    assert rows(container, Payment, invoice_id=invoice_id) == []
    family = kill_with_children(worker)
    assert len(family) == 2
    psutil.wait_procs(family, timeout=10)


def test_one_payment_whatever_is_killed(
    container: Container, alice: int, method_id: int, tmp_path: Path
) -> None:
    invoice_id = order(container, alice, "crm-connector")
    log = tmp_path / "roles.log"
    with running_role("worker", container.settings, log, FAULT_POINT=AFTER_CHARGE_BEFORE_SETTLE) as worker:
        hand_over(container)
        wait_until(lambda: all(row.status is DocumentStatus.READY for row in rows(container, Document)), 60)
        ask_for_charge(container, alice, invoice_id, method_id)
        hand_over(container)
        frozen_worker_is_killed(container, invoice_id, worker)

    container.redis.flushdb()  # the queue may lose everything as well
    an_hour_passes(container)
    with (
        running_role("worker", container.settings, log),
        running_role("scheduler", container.settings, log),
        running_role("scheduler", container.settings, log),
    ):
        wait_until(
            lambda: (
                all(row.status is OutboxStatus.DONE for row in rows(container, OutboxMessage))
                and status(container, invoice_id) is InvoiceStatus.PAID
            ),
            60,
        )

    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert taken(container) == [PRICE, PRICE]
    (payment,) = rows(container, Payment, invoice_id=invoice_id)
    assert (payment.amount, payment.unallocated_minor) == (PRICE, 0)
    assert len(rows(container, SubscriptionPeriod)) == 2
    assert [mail.payload["payment_id"] for mail in promised(container, "mail.payment_received")] == [
        1,
        payment.id,
    ]
    assert container.local_mailbox is not None
    receipts = [mail for mail in container.local_mailbox.list_messages() if "получена" in mail.subject]
    number = rows(container, Invoice, id=invoice_id)[0].full_number
    assert sorted(number in mail.text for mail in receipts) == [False, True]
