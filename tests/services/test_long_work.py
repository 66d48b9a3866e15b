"""Work that somebody waits for: its owner, its turns, its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.billing.actors import Actor
from app.billing.documents.files import DocumentStoreUnavailable
from app.billing.errors import BillingError, Conflict, NotFound
from app.billing.long_work import KEPT, WorkState, percentage
from app.bootstrap import Container
from app.jobs.scheduler import TIMETABLE
from app.models import LongWork
from app.services.long_work import (
    MOST_TRIES,
    Turn,
    WorkCanceled,
    Working,
    WorkKind,
    WorkNotReady,
    cancel_work,
    read_work,
    remove_expired,
    start_work,
    take_turn,
)
from tests.clock import ManualClock
from tests.factories import promised, rows

STAFF = Actor.staff("finance")


def counting(turn: Turn) -> str | None:
    """Ten steps, one a turn, each a letter."""
    with turn.open(anew=not turn.done) as file:
        file.seek(turn.done)
        file.write(b"x")
    turn.tell(turn.done + 1, 10)
    return "Сто / рублей" if turn.done == 10 else None


def failing(turn: Turn) -> str | None:
    """Never works."""
    turn.open(anew=True).close()
    raise Conflict("no", code="NO_LUCK")


def full(_turn: Turn) -> str | None:
    """The disk is full."""
    raise DocumentStoreUnavailable("ENOSPC")


@pytest.fixture
def working(container: Container, clock: ManualClock) -> Working:
    kinds = {run.__name__: WorkKind(run, "txt", "text/plain") for run in (counting, failing, full)}
    return replace(container.working, kinds=kinds, wall_clock=clock)


def start(container: Container, kind: str = "counting", actor: Actor = STAFF, **parameters: object) -> int:
    with container.transactions.begin(actor) as work:
        return start_work(work, kind=kind, parameters=parameters, actor=actor, real_now=container.clock.now())


def row(container: Container, work_id: int) -> LongWork:
    (found,) = rows(container, LongWork, id=work_id)
    return found


def test_turns_go_on_where_the_last_one_ended(container: Container, working: Working) -> None:
    work_id = start(container)
    for done in range(1, 10):
        take_turn(working, work_id=work_id)
        assert (row(container, work_id).state, row(container, work_id).done) == (WorkState.RUNNING, done)
    with pytest.raises(WorkNotReady):
        read_work(working, row(container, work_id))
    take_turn(working, work_id=work_id)
    take_turn(working, work_id=work_id)
    done_work = row(container, work_id)
    assert (done_work.state, done_work.file_name, done_work.size) == (WorkState.DONE, "Сто _ рублей.txt", 10)
    with read_work(working, done_work) as file:
        assert file.read() == b"x" * 10
    assert len(promised(container, "long_work.turn")) == 10


def test_what_is_asked_for_twice_is_done_once_and_enough_is_enough(container: Container) -> None:
    first = start(container, month=1)
    assert start(container, month=1) == first
    start(container, month=2)
    start(container, month=3)
    with pytest.raises(Conflict) as refusal:
        start(container, month=4)
    assert refusal.value.code == "TOO_MUCH_WORK"
    assert start(container, month=4, actor=Actor.staff("another"))


def test_it_is_given_up_by_its_owner_only(container: Container, working: Working, alice: int) -> None:
    work_id = start(container, actor=Actor.customer(alice))
    take_turn(working, work_id=work_id)
    now = container.clock.now()
    for stranger in (Actor.customer(alice + 1), STAFF, Actor.staff(str(alice))):
        with pytest.raises(NotFound):
            cancel_work(container.transactions, actor=stranger, work_id=work_id, real_now=now)
    cancel_work(container.transactions, actor=Actor.customer(alice), work_id=work_id, real_now=now)
    take_turn(working, work_id=work_id)
    assert (row(container, work_id).state, row(container, work_id).done) == (WorkState.CANCELED, 1)


def test_giving_it_up_stops_a_turn_and_removes_the_file(container: Container, working: Working) -> None:
    work_id = start(container)

    def given_up(turn: Turn) -> str | None:
        turn.open(anew=True).close()
        cancel_work(container.transactions, actor=STAFF, work_id=work_id, real_now=container.clock.now())
        turn.tell(1, 2)
        raise AssertionError("told to stop")

    take_turn(replace(working, kinds={"counting": WorkKind(given_up, "txt", "text/plain")}), work_id=work_id)
    assert row(container, work_id).state is WorkState.CANCELED
    with pytest.raises(NotFound):
        working.files.read(f"{work_id}.txt")
    assert WorkCanceled.code == "WORK_CANCELED"


def test_a_refusal_is_the_end_and_a_full_disk_is_waited_for(container: Container, working: Working) -> None:
    refused, waiting = start(container, "failing"), start(container, "full")
    take_turn(working, work_id=refused)
    assert (row(container, refused).state, row(container, refused).failure_code) == (
        WorkState.FAILED,
        "NO_LUCK",
    )
    with pytest.raises(DocumentStoreUnavailable):
        take_turn(working, work_id=waiting, tries=MOST_TRIES - 1)
    assert row(container, waiting).state is WorkState.RUNNING
    take_turn(working, work_id=waiting, tries=MOST_TRIES)
    assert row(container, waiting).state is WorkState.FAILED


def test_files_are_removed_when_their_time_is_over(
    container: Container, working: Working, clock: ManualClock
) -> None:
    work_id, never_ended = start(container), start(container, "full")
    for _ in range(10):
        take_turn(working, work_id=work_id)
    assert remove_expired(working) == 0
    clock.advance(days=KEPT.days)
    assert remove_expired(working) == 2
    assert remove_expired(working) == 0
    assert row(container, never_ended).state is WorkState.EXPIRED
    with pytest.raises(WorkNotReady):
        read_work(working, row(container, work_id))
    with pytest.raises(NotFound):
        working.files.read(f"{work_id}.txt")
    take_turn(working, work_id=never_ended)


def test_a_lost_file_is_said_plainly(container: Container, working: Working) -> None:
    work_id = start(container)
    for _ in range(10):
        take_turn(working, work_id=work_id)
    working.files.remove(f"{work_id}.txt")
    with pytest.raises(WorkNotReady):
        read_work(working, row(container, work_id))


@pytest.mark.parametrize("key", ["../1.zip", "1", "a.zip", "1.zip\n", "/1.zip", ""])
def test_keys_that_could_lead_astray_are_refused(working: Working, key: str) -> None:
    with pytest.raises(BillingError) as refusal:
        working.files.open(key, anew=True)
    assert refusal.value.code == "STORE_KEY"


def test_the_scheduler_removes_what_is_over() -> None:
    assert [task.every for task in TIMETABLE if task.name == "long-work"] == [timedelta(minutes=10)]


@pytest.mark.parametrize(
    ("done", "total", "percents"), [(0, None, None), (0, 0, 100), (0, 3, 0), (2, 3, 66), (3, 3, 100)]
)
def test_progress_in_percents(done: int, total: int | None, percents: int | None) -> None:
    assert percentage(done, total) == percents
