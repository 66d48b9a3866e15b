"""The outbox: promised work is handed over until it is done (design §2.4)."""

from datetime import timedelta
from threading import Event

import pytest

from app.billing.errors import Conflict, QueueUnreachable
from app.bootstrap import Container
from app.models import OutboxMessage, OutboxStatus, StaffTask
from app.services.outbox import (
    LEASE,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    QUEUE_PAUSE,
    Handler,
    PermanentFailure,
    PromisedWork,
    deliver,
    relay,
    repeat_after,
)
from tests.clock import ManualClock
from tests.factories import FACTORY, HeldQueue, create_customer, rows
from tests.parallel import at_once


@pytest.fixture
def wall_clock(container: Container) -> ManualClock:
    """Real time of the outbox, moved by hand: starts when the message is promised."""
    return ManualClock(container.wall_clock.now())


@pytest.fixture
def message_id(container: Container, wall_clock: ManualClock) -> int:
    with container.transactions.begin(FACTORY) as work:
        work.promise_job("test.job", dedupe_key="one", answer=42)
    wall_clock.advance(seconds=5)
    return 1


def relayed(container: Container, at: ManualClock) -> list[int]:
    queue = HeldQueue()
    relay(container.transactions, queue, real_now=at.now())
    return queue.messages


def message(container: Container) -> OutboxMessage:
    (row,) = rows(container, OutboxMessage)
    return row


def do(container: Container, at: ManualClock, handler: Handler) -> bool:
    return deliver(container.transactions, {"test.job": handler}, message_id=1, wall_clock=at)


def test_what_is_promised_is_done_once(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    done: list[PromisedWork] = []
    assert relayed(container, wall_clock) == [message_id]

    assert do(container, wall_clock, done.append)
    assert not do(container, wall_clock, done.append)

    assert done == [PromisedWork(1, "test.job", {"answer": 42}, None)]
    row = message(container)
    assert (row.status, row.finished_at, row.leased_until) == (OutboxStatus.DONE, wall_clock.now(), None)
    wall_clock.advance(days=400)
    assert relayed(container, wall_clock) == []


def test_a_promise_of_an_undone_transaction_is_none(container: Container) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.promise_job("test.job")
        work.write_records()
        work.session.rollback()
    assert rows(container, OutboxMessage) == []


def test_the_same_promise_twice_is_one(container: Container, message_id: int) -> None:
    for _ in range(2):
        with container.transactions.begin(FACTORY) as work:
            work.promise_job("test.job", dedupe_key="one", answer=43)
            work.promise_job("test.job", dedupe_key="one", answer=44)
    assert message(container).payload == {"answer": 42}


def test_a_promise_without_a_key_is_always_kept(container: Container) -> None:
    for _ in range(2):
        with container.transactions.begin(FACTORY) as work:
            work.promise_job("test.job")
    assert len(rows(container, OutboxMessage)) == 2


def test_what_redis_lost_is_handed_over_again(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    assert relayed(container, wall_clock) == [1]
    assert relayed(container, wall_clock) == []
    wall_clock.advance(seconds=30, microseconds=-1)
    assert relayed(container, wall_clock) == []
    wall_clock.advance(microseconds=1)
    assert relayed(container, wall_clock) == [1]
    wall_clock.advance(seconds=59)
    assert relayed(container, wall_clock) == []
    wall_clock.advance(seconds=1)
    assert relayed(container, wall_clock) == [1]


def test_the_wait_doubles_up_to_an_hour() -> None:
    waits = [repeat_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
    assert waits[-1] == LONGEST_WAIT
    assert waits == sorted(waits)


def test_an_outage_of_a_weekend_costs_no_promise() -> None:
    waits = [repeat_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]
    assert sum(waits, timedelta()) >= timedelta(days=3)


def test_two_relays_at_once_hand_over_once(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    outcomes = at_once(*[lambda: relayed(container, wall_clock)] * 4)
    assert sum(len(batch) for batch in outcomes.results) == 1


def test_too_many_attempts_are_a_task_for_staff(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    for _ in range(MOST_ATTEMPTS):
        assert relayed(container, wall_clock) == [1]
        wall_clock.advance(hours=1)

    for _ in range(2):
        assert relayed(container, wall_clock) == []
        wall_clock.advance(hours=1)

    assert message(container).status is OutboxStatus.FAILED
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_kind, task.object_id) == ("outbox_failed", "outbox_message", "1")
    assert not do(container, wall_clock, lambda work: None)


def test_two_workers_deliver_once(container: Container, message_id: int, wall_clock: ManualClock) -> None:
    working, finish = Event(), Event()
    done: list[int] = []

    def slow(work: PromisedWork) -> None:
        working.set()
        assert finish.wait(10)
        done.append(work.message_id)

    def second() -> bool:
        assert working.wait(10)
        try:
            return do(container, wall_clock, slow)
        finally:
            finish.set()

    outcomes = at_once(lambda: do(container, wall_clock, slow), second)

    assert sorted(outcomes.results) == [False, True]
    assert done == [1]


def test_a_worker_that_died_leaves_its_work_to_another_after_the_lease(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    class Killed(BaseException):
        """The process is gone: nothing is written any more."""

    def die(work: PromisedWork) -> None:
        raise Killed

    with pytest.raises(Killed):
        do(container, wall_clock, die)
    done: list[PromisedWork] = []
    wall_clock.advance(seconds=LEASE.total_seconds() - 1)
    assert not do(container, wall_clock, done.append)
    wall_clock.advance(seconds=1)
    assert relayed(container, wall_clock) == [1]
    assert do(container, wall_clock, done.append)
    assert len(done) == 1


def test_a_failure_leaves_the_work_to_be_tried_again(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    def fail(work: PromisedWork) -> None:
        raise Conflict(code="NOT_NOW")

    relayed(container, wall_clock)
    assert do(container, wall_clock, fail)
    row = message(container)
    assert (row.status, row.failure_code, row.leased_until) == (OutboxStatus.RELAYED, "NOT_NOW", None)
    wall_clock.advance(seconds=30)
    assert relayed(container, wall_clock) == [1]
    assert do(container, wall_clock, lambda work: None)
    assert (message(container).status, message(container).failure_code) == (OutboxStatus.DONE, None)


def test_a_permanent_failure_ends_it(container: Container, message_id: int, wall_clock: ManualClock) -> None:
    def refuse(work: PromisedWork) -> None:
        raise PermanentFailure(code="MAIL_REFUSED")

    assert do(container, wall_clock, refuse)
    row = message(container)
    assert (row.status, row.failure_code) == (OutboxStatus.FAILED, "MAIL_REFUSED")
    assert [task.kind for task in rows(container, StaffTask)] == ["outbox_failed"]
    wall_clock.advance(days=1)
    assert relayed(container, wall_clock) == []


def test_an_unknown_message_is_nobodys(container: Container, wall_clock: ManualClock) -> None:
    assert not do(container, wall_clock, lambda work: None)


def test_a_hundred_at_a_time_the_oldest_first(container: Container, wall_clock: ManualClock) -> None:
    create_customer(container)
    with container.transactions.begin(FACTORY) as work:
        for _ in range(130):
            work.promise_job("test.job")
    wall_clock.advance(seconds=5)
    assert relayed(container, wall_clock) == list(range(1, 101))
    assert relayed(container, wall_clock) == list(range(101, 131))


class BreakingQueue(HeldQueue):
    """Takes so many messages, then nobody answers."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self._takes = takes

    def enqueue(self, message_id: int, queue: str) -> None:
        """Keep the message, or refuse."""
        if len(self.handed_over) >= self._takes:
            raise QueueUnreachable
        super().enqueue(message_id, queue)


def test_what_a_breaking_queue_did_not_take_waits_and_counts_as_no_attempt(container: Container) -> None:
    with container.transactions.begin(FACTORY) as work:
        for _ in range(3):
            work.promise_job("test.job")
    now = container.wall_clock.now()

    assert relay(container.transactions, BreakingQueue(takes=1), real_now=now) == 1

    relayed, waiting = OutboxStatus.RELAYED, OutboxStatus.WAITING
    found = rows(container, OutboxMessage)
    assert [(each.status, each.attempts) for each in found] == [(relayed, 1), (waiting, 0), (waiting, 0)]
    assert relay(container.transactions, BreakingQueue(takes=9), real_now=now + QUEUE_PAUSE) == 2


def test_what_a_worker_heard_of_all_the_same_is_not_taken_back(
    container: Container, message_id: int, wall_clock: ManualClock
) -> None:
    class Slow(HeldQueue):
        def enqueue(self, message_id: int, queue: str) -> None:
            do(container, wall_clock, lambda work: None)
            raise QueueUnreachable

    assert relay(container.transactions, Slow(), real_now=wall_clock.now()) == 0
    assert message(container).status is OutboxStatus.DONE
