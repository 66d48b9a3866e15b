"""The outbox: promised work is handed to workers until it is done (design §2.4). Real time throughout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.billing.actors import Actor
from app.billing.errors import BillingError, QueueUnreachable
from app.billing.ports import Clock, JobQueue
from app.models import OutboxStatus
from app.services.fault_points import AFTER_RELAY_BEFORE_ENQUEUE, AFTER_WORK_BEFORE_DONE, fault_point
from app.services.unit_of_work import Transactions

RELAY_BATCH = 100
LEASE = timedelta(minutes=5)
"""Longer than any job may take; a worker that died leaves its message free after this."""
FIRST_REPEAT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
MOST_DOUBLINGS = 7
QUEUE_PAUSE = timedelta(seconds=10)
"""How long a queue that does not answer is left alone: asking a hanging one costs seconds."""
MOST_ATTEMPTS = 80
"""Three days: a mail server or a provider that is away for a weekend costs no mail and no webhook."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PromisedWork:
    """A message as its handler sees it."""

    message_id: int
    name: str
    payload: Mapping[str, Any]
    customer_id: int | None
    attempts: int = 1
    """How often it was handed to a worker, this time included."""


Handler = Callable[[PromisedWork], None]


class PermanentFailure(BillingError):
    """Trying this message again is useless."""

    code = "PERMANENT_FAILURE"


def relay(transactions: Transactions, queue: JobQueue, *, real_now: datetime) -> int:
    """Hand due messages to the workers; returns how many.

    A message handed over before and not done in time is handed over again: Redis may have lost it.
    After too many attempts it is marked failed and staff get a task. While the queue is away everything
    waits, and none of it counts as an attempt: neither mails nor the caller suffer from a long outage.
    """
    handed_over = _due(transactions, real_now)
    fault_point(AFTER_RELAY_BEFORE_ENQUEUE)
    for count, (message_id, queue_name) in enumerate(handed_over):
        try:
            queue.enqueue(message_id, queue_name)
        except QueueUnreachable as error:
            log.warning("queue_unreachable", waiting=len(handed_over) - count, error=str(error))
            _take_back(transactions, [each for each, _ in handed_over[count:]], real_now)
            return count
    return len(handed_over)


def _due(transactions: Transactions, real_now: datetime) -> list[tuple[int, str]]:
    with transactions.begin(Actor.system("relay")) as work:
        handed_over = []
        for message in work.outbox.due(real_now, RELAY_BATCH):
            if message.attempts >= MOST_ATTEMPTS:
                message.status = OutboxStatus.FAILED
                message.finished_at = real_now
                work.ask_staff("outbox_failed", "outbox_message", message.id, message.customer_id, real_now)
                continue
            message.status = OutboxStatus.RELAYED
            message.attempts += 1
            message.available_at = real_now + repeat_after(message.attempts)
            handed_over.append((message.id, message.queue))
        return handed_over


def _take_back(transactions: Transactions, message_ids: Sequence[int], real_now: datetime) -> None:
    """Let the messages wait for the queue; a worker may have heard of the first one all the same."""
    with transactions.begin(Actor.system("relay")) as work:
        for message in work.outbox.locked_all(message_ids):
            if message.status is OutboxStatus.RELAYED:
                message.status = OutboxStatus.WAITING
                message.attempts -= 1
                message.available_at = real_now + QUEUE_PAUSE


def repeat_after(attempts: int) -> timedelta:
    """How long to wait before a message is handed over again: doubling from 30 seconds to an hour."""
    doublings = min(attempts - 1, MOST_DOUBLINGS)  # a larger power is no length of time any more
    doubled: timedelta = FIRST_REPEAT * 2**doublings
    return min(doubled, LONGEST_WAIT)


def deliver(
    transactions: Transactions, handlers: Mapping[str, Handler], *, message_id: int, wall_clock: Clock
) -> bool:
    """Do the promised work; False when it is done already or another worker is busy with it.

    A failure leaves the message to be handed over again, a PermanentFailure ends it.
    """
    work_to_do = _lease(transactions, message_id, wall_clock.now())
    if work_to_do is None:
        return False
    try:
        handlers[work_to_do.name](work_to_do)
    except PermanentFailure as failure:
        _finish(transactions, work_to_do, wall_clock.now(), failure.code)
        return True
    except BillingError as failure:
        log.warning("outbox_attempt_failed", message=message_id, name=work_to_do.name, failure=failure.code)
        _release(transactions, message_id, failure.code)
        return True
    fault_point(AFTER_WORK_BEFORE_DONE)
    _finish(transactions, work_to_do, wall_clock.now(), None)
    return True


def _lease(transactions: Transactions, message_id: int, real_now: datetime) -> PromisedWork | None:
    with transactions.begin(Actor.system("worker")) as work:
        message = work.outbox.lease(message_id, real_now, real_now + LEASE)
        if message is None:
            return None
        return PromisedWork(message.id, message.name, message.payload, message.customer_id, message.attempts)


def _release(transactions: Transactions, message_id: int, code: str) -> None:
    with transactions.begin(Actor.system("worker")) as work:
        work.outbox.give_back(message_id, code)


def _finish(transactions: Transactions, promised: PromisedWork, real_now: datetime, code: str | None) -> None:
    """Mark the work done, or with the code of a failure failed for good."""
    status = OutboxStatus.DONE if code is None else OutboxStatus.FAILED
    with transactions.begin(Actor.system("worker")) as work:
        work.outbox.finish(promised.message_id, status, real_now, code)
        if status is OutboxStatus.FAILED:
            work.ask_staff(
                "outbox_failed", "outbox_message", promised.message_id, promised.customer_id, real_now
            )
