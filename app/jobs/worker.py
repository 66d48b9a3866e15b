"""The RQ worker: runs short jobs in its own process, documents in the renderer's child."""

from __future__ import annotations

import signal
import time
from functools import cache
from types import FrameType

import structlog
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app.bootstrap import Container, get_container
from app.jobs.handlers import handlers
from app.services.outbox import Handler, deliver
from app.services.unit_of_work import DOCUMENT_QUEUE, SHORT_QUEUE, WORK_QUEUE

WORKER_TTL_SECONDS = 60
PAUSE_SECONDS = 1.0
QUEUES = (SHORT_QUEUE, WORK_QUEUE, DOCUMENT_QUEUE)
log = structlog.get_logger()


class StoppableWorker(SimpleWorker):
    """Knows whether it was told to stop: RQ's loop also ends when Redis breaks in the middle of a job."""

    told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Let the present job end, and take no other."""
        self.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def run_worker(container: Container, queues: tuple[str, ...] = QUEUES) -> None:
    """Work until told to stop, through outages of Redis as well; short jobs come first."""
    while not _work(container, queues):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # no job is being done: nothing has to end first
        time.sleep(PAUSE_SECONDS)


def _work(container: Container, queues: tuple[str, ...]) -> bool:
    """Run RQ's loop; whether it ended because it was told to."""
    worker = StoppableWorker(
        [Queue(name, connection=container.redis, serializer=JSONSerializer) for name in queues],
        connection=container.redis,
        serializer=JSONSerializer,
        default_worker_ttl=WORKER_TTL_SECONDS,
    )
    try:
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("queue_unreachable", error=type(error).__name__)
    return worker.told_to_stop


def deliver_message(message_id: int) -> bool:
    """The only RQ job: do the work that an outbox message promises."""
    container = get_container()
    return deliver(
        container.transactions,
        _handlers(),
        message_id=message_id,
        wall_clock=container.wall_clock,
    )


@cache
def _handlers() -> dict[str, Handler]:
    return handlers(get_container())
