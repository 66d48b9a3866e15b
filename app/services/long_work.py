"""Work that somebody waits for: done by workers in short turns, gone on with after a kill, kept for a week.

A kind of work is a function of a turn. It goes on where its file says it has come to, tells how far it is,
and ends either finished or with its turn: then the next turn queues up behind what others wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import structlog

from app.billing.actors import Actor, ActorKind
from app.billing.documents.files import DocumentStoreUnavailable
from app.billing.documents.titles import file_stem
from app.billing.errors import BillingError, Conflict, NotFound
from app.billing.long_work import KEPT, MOST_UNFINISHED, UNFINISHED, WorkState
from app.billing.ports import Clock, WorkFiles
from app.models import LongWork
from app.services.unit_of_work import WORK_QUEUE, Transactions, UnitOfWork

TURN = timedelta(seconds=10)
MOST_TRIES = 8
"""Of a full disk: an hour."""
REMOVED_AT_ONCE = 100
ACTOR = Actor.system("long_work")
log = structlog.get_logger()


class WorkCanceled(BillingError):
    """Whoever asked for it does not want it any more."""

    code = "WORK_CANCELED"


class WorkNotReady(Conflict):
    """There is no file, or not any more."""

    code = "WORK_NOT_READY"


@dataclass(frozen=True, slots=True)
class Working:
    """What doing long work needs."""

    transactions: Transactions
    files: WorkFiles
    wall_clock: Clock
    kinds: Mapping[str, WorkKind]


@dataclass(frozen=True, slots=True)
class WorkKind:
    """How a kind of work is done and what its file is."""

    run: Callable[[Turn], str | None]
    """Do some of it: the name of the file when it is whole, None when the turn is over."""
    suffix: str
    media_type: str


@dataclass(slots=True)
class Turn:
    """One turn of one work. `parameters` are what was asked for, `done` how far the last turn came."""

    work_id: int
    kind: str
    actor: Actor
    """Who asked for it."""
    parameters: Mapping[str, Any]
    done: int
    total: int | None
    working: Working
    key: str
    ends_at: datetime

    def open(self, *, anew: bool) -> BinaryIO:
        """The file of the work: to go on with, or an empty one. Raises DocumentStoreUnavailable."""
        return self.working.files.open(self.key, anew=anew)

    def tell(self, done: int, total: int) -> None:
        """Tell those who wait how far it is. Raises WorkCanceled when nobody waits any more."""
        with self.working.transactions.begin(ACTOR) as work:
            row = work.long_work.get(self.work_id, lock=True)
            if row.state is not WorkState.RUNNING:
                raise WorkCanceled(f"work {self.work_id}")
            row.done, row.total = done, max(total, done)
        self.done, self.total = done, max(total, done)

    @property
    def is_over(self) -> bool:
        """Whether it is another's turn now."""
        return self.working.wall_clock.now() >= self.ends_at


def start_work(
    work: UnitOfWork, *, kind: str, parameters: Mapping[str, Any], actor: Actor, real_now: datetime
) -> int:
    """Promise long work to a customer or an employee; its id. What is asked for twice is done once.

    Raises Conflict (TOO_MUCH_WORK) when the owner waits for enough already.
    """
    if (same := work.long_work.same(actor, kind, parameters)) is not None:
        return same.id
    if len(work.long_work.unfinished(actor)) >= MOST_UNFINISHED:
        raise Conflict("the owner waits for enough already", code="TOO_MUCH_WORK")
    is_customer = actor.kind is ActorKind.CUSTOMER
    row = work.long_work.add(
        LongWork(
            kind=kind,
            parameters=dict(parameters),
            customer_id=int(actor.identity) if is_customer else None,
            staff=None if is_customer else actor.identity,
            created_at=real_now,
            expires_at=real_now + KEPT,
        )
    )
    _promise_turn(work, row)
    return row.id


def cancel_work(transactions: Transactions, *, actor: Actor, work_id: int, real_now: datetime) -> None:
    """Give the work up, if it is not finished. Raises NotFound when it is another's."""
    with transactions.begin(actor) as work:
        row = work.long_work.get(work_id, lock=True)
        _require_owner(row, actor)
        if row.state in UNFINISHED:
            row.state, row.finished_at = WorkState.CANCELED, real_now


def take_turn(working: Working, *, work_id: int, tries: int = 1) -> None:
    """Do a turn of the work, if it is still wanted. Doing it twice is harmless.

    Raises DocumentStoreUnavailable when trying again may help. Work that can't be done is marked failed.
    """
    started_at = working.wall_clock.now()
    turn = _begin(working, work_id, started_at)
    if turn is None:
        return
    kind = working.kinds[turn.kind]
    try:
        name = kind.run(turn)
    except WorkCanceled:
        working.files.remove(turn.key)
    except DocumentStoreUnavailable as failure:
        if tries < MOST_TRIES:
            raise
        _fail(working, turn, failure.code)
    except BillingError as failure:
        _fail(working, turn, failure.code)
    else:
        _end_turn(working, turn, None if name is None else f"{file_stem(name)}.{kind.suffix}")


def remove_expired(working: Working) -> int:
    """Remove the files of work whose time is over, finished or not; how many."""
    real_now = working.wall_clock.now()
    with working.transactions.reading() as repositories:
        past = repositories.long_work.past_their_end(real_now, REMOVED_AT_ONCE)
    for work_id in past:
        with working.transactions.begin(ACTOR) as work:
            row = work.long_work.get(work_id, lock=True)
            working.files.remove(file_key(working, row))
            row.state, row.file_key = WorkState.EXPIRED, None
    return len(past)


def file_key(working: Working, row: LongWork) -> str:
    """Where the file of the work is while it is made and afterwards."""
    return f"{row.id}.{working.kinds[row.kind].suffix}"


def read_work(working: Working, row: LongWork) -> BinaryIO:
    """The finished file. Raises WorkNotReady when there is none, or not any more."""
    if row.file_key is None:
        raise WorkNotReady(f"work {row.id}")
    try:
        return working.files.read(row.file_key)
    except NotFound as error:
        raise WorkNotReady(f"work {row.id}") from error


def _begin(working: Working, work_id: int, started_at: datetime) -> Turn | None:
    with working.transactions.begin(ACTOR) as work:
        row = work.long_work.get(work_id, lock=True)
        if row.state not in UNFINISHED:
            return None
        row.state = WorkState.RUNNING
        row.started_at = row.started_at or started_at
        owner = Actor.staff(row.staff) if row.staff is not None else Actor.customer(row.customer_id or 0)
        return Turn(
            work_id,
            row.kind,
            owner,
            row.parameters,
            row.done,
            row.total,
            working,
            file_key(working, row),
            started_at + TURN,
        )


def _end_turn(working: Working, turn: Turn, file_name: str | None) -> None:
    """Hand the file out if it is whole, else promise the next turn."""
    size = None if file_name is None else working.files.seal(turn.key)
    real_now = working.wall_clock.now()
    with working.transactions.begin(ACTOR) as work:
        row = work.long_work.get(turn.work_id, lock=True)
        if row.state is not WorkState.RUNNING:
            return
        if file_name is None:
            _promise_turn(work, row)
            return
        row.state, row.finished_at, row.expires_at = WorkState.DONE, real_now, real_now + KEPT
        row.file_key, row.file_name, row.size = turn.key, file_name, size
        row.done = row.total = turn.total or 0


def _fail(working: Working, turn: Turn, code: str) -> None:
    log.warning("long_work_failed", work=turn.work_id, failure=code)
    working.files.remove(turn.key)
    with working.transactions.begin(ACTOR) as work:
        row = work.long_work.get(turn.work_id, lock=True)
        if row.state in UNFINISHED:
            row.state, row.finished_at = WorkState.FAILED, working.wall_clock.now()
            row.failure_code = code


def _promise_turn(work: UnitOfWork, row: LongWork) -> None:
    work.promise_job("long_work.turn", queue=WORK_QUEUE, customer_id=row.customer_id, work_id=row.id)


def _require_owner(row: LongWork, actor: Actor) -> None:
    """Customers and employees have each their own; the two look the same from outside as nothing."""
    owner = Actor.staff(row.staff) if row.staff is not None else Actor.customer(row.customer_id or 0)
    if owner != actor:
        raise NotFound("long_work")
