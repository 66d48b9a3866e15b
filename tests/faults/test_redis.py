"""Redis forgets everything, hangs, dies, comes back empty: no promise is lost (faults 6 to 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from app.billing.invoice import InvoiceStatus
from app.bootstrap import Container
from app.embedded.redis_server import RedisServer
from app.models import Customer, OutboxMessage, OutboxStatus, SchedulerTick
from app.services.fault_points import AFTER_CLAIM_BEFORE_CHARGE
from app.services.outbox import relay
from app.services.unit_of_work import SHORT_QUEUE
from tests.api_server import free_port
from tests.embedded.processes import wait_until
from tests.factories import PASSWORD, production_key, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import minutes_pass
from tests.faults.subscribers import (
    PRICE,
    done_with_documents,
    order_by_saved_card,
    renewal_charges,
    subscriber,
)
from tests.faults.visitor import Visitor
from tests.role_processes import running_role
from tests.services.charges import status

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shop")]

SECONDS = 60.0
Away = Callable[[RedisServer], AbstractContextManager[None]]


@pytest.fixture
def clock() -> None:
    """Business time is what the processes read as well: real time and the offset row."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that belongs to these tests alone."""
    server = RedisServer(tmp_path_factory.mktemp("redis"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(server: RedisServer) -> str:
    """The product's Redis."""
    return server.url()


def kill_server(server: RedisServer) -> None:
    assert server.pid is not None
    psutil.Process(server.pid).kill()
    server.stop()  # what is left to do is to give its folder up


@contextmanager
def hanging(server: RedisServer) -> Iterator[None]:
    """Stopped, so that connections are taken and nothing is answered."""
    assert server.pid is not None
    process = psutil.Process(server.pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


@contextmanager
def gone(server: RedisServer) -> Iterator[None]:
    """Killed; comes back with an empty database."""
    kill_server(server)
    try:
        yield
    finally:
        server.start()


def hand_over(container: Container) -> None:
    relay(container.transactions, container.queue, real_now=container.wall_clock.now())


def mails_are_sent(container: Container) -> bool:
    promised = rows(container, OutboxMessage, queue=SHORT_QUEUE)
    return all(message.status is OutboxStatus.DONE for message in promised)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def assert_sent_once(container: Container) -> None:
    """Every promised mail lies in the mailbox, and none twice."""
    assert container.local_mailbox is not None
    promised = [row for row in rows(container, OutboxMessage) if row.name.startswith("mail.")]
    assert len(container.local_mailbox.list_messages()) == len(promised)


def test_jobs_that_redis_forgot_are_queued_again(
    container: Container, server: RedisServer, tmp_path: Path
) -> None:
    """Fault 6: FLUSHALL with jobs queued. The worker lives on, and the outbox hands over again."""
    subscriber(container)
    done_with_documents(container)
    with running_role("worker", container.settings, tmp_path / "worker.log") as worker:
        wait_until(lambda: container.redis.scard("rq:workers") == 1, SECONDS)
        worker.suspend()
        hand_over(container)
        assert container.redis.keys("rq:job:*") != []
        container.redis.flushall()
        worker.resume()
        assert not mails_are_sent(container)

        minutes_pass(container)
        hand_over(container)
        wait_until(partial(mails_are_sent, container), SECONDS)
        assert is_alive(worker)

    assert_sent_once(container)
    assert_books_agree(container)


def test_a_redis_that_comes_back_empty_is_filled_by_the_processes_that_lived_on(
    container: Container, server: RedisServer, tmp_path: Path
) -> None:
    """Fault 8: killed in the middle of a job. Nobody has to start worker and scheduler anew."""
    who = subscriber(container)
    done_with_documents(container)
    log = tmp_path / "roles.log"
    with (
        running_role("worker", container.settings, log, FAULT_POINT=AFTER_CLAIM_BEFORE_CHARGE) as worker,
        running_role("scheduler", container.settings, log) as scheduler,
    ):
        invoice_id = order_by_saved_card(container, who)
        wait_until(lambda: worker.status() == psutil.STATUS_STOPPED, SECONDS)
        with gone(server):
            worker.resume()
            wait_until(lambda: status(container, invoice_id) is InvoiceStatus.PAID, SECONDS)
            wait_until(lambda: "unhandled exception" in log.read_text(), SECONDS)

        minutes_pass(container)
        wait_until(partial(mails_are_sent, container), SECONDS)
        assert is_alive(worker)
        assert is_alive(scheduler)

    assert renewal_charges(container, who) == [PRICE]
    assert_sent_once(container)
    assert_books_agree(container)


@pytest.fixture
def website(container: Container, tmp_path: Path) -> Iterator[Visitor]:
    """Somebody in front of `run.py web`."""
    port = free_port()
    with running_role("web", container.settings, tmp_path / "web.log", PORT=str(port)) as web:
        visitor = Visitor(port)
        wait_until(lambda: not is_alive(web) or visitor.finds_it_running(), SECONDS)
        yield visitor


NEWCOMER = {
    "password": "four words make it",
    "name": "Пётр Ёлкин",
    "country": "RU",
    "language": "ru",
    "terms_version_id": "1",
    "terms": "y",
}


@pytest.mark.parametrize("away", [hanging, gone])
def test_without_redis_pages_and_the_check_answer_and_mails_wait(
    container: Container, server: RedisServer, website: Visitor, tmp_path: Path, away: Away
) -> None:
    """Fault 7: no 500. Limits are counted in memory, the outbox waits, the sweep goes on."""
    who = subscriber(container)
    key = production_key(container, who.customer_id)
    (email,) = [row.email for row in rows(container, Customer)]
    done_with_documents(container)
    with (
        running_role("worker", container.settings, tmp_path / "worker.log"),
        running_role("scheduler", container.settings, tmp_path / "scheduler.log"),
    ):
        wait_until(partial(mails_are_sent, container), SECONDS)
        with away(server):
            assert {website.get(page) for page in ("/", "/login", "/register", "/catalogue")} == {200}
            assert website.post("/register", NEWCOMER | {"email": "new@example.com"}) == 303
            assert website.post("/login", {"email": email, "password": PASSWORD}) == 303
            assert website.get("/overview") == 200
            assert website.check(key, "crm-connector", "make-1") == 200
            (waiting,) = rows(container, OutboxMessage, name="mail.activation")
            assert waiting.status in (OutboxStatus.WAITING, OutboxStatus.RELAYED)
            swept_at = container.wall_clock.now()
            minutes_pass(container)
            wait_until(lambda: rows(container, SchedulerTick, task="sweep")[0].ran_at > swept_at, SECONDS)

        minutes_pass(container)
        wait_until(partial(mails_are_sent, container), SECONDS)

    assert_sent_once(container)
    assert_books_agree(container)
