"""The RQ worker: runs short jobs in its own process, documents in the renderer's child."""

from __future__ import annotations

from functools import cache

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app.bootstrap import Container, get_container
from app.jobs.handlers import handlers
from app.services.outbox import Handler, deliver
from app.services.unit_of_work import DOCUMENT_QUEUE, SHORT_QUEUE

WORKER_TTL_SECONDS = 60


def run_worker(container: Container, queues: tuple[str, ...] = (SHORT_QUEUE, DOCUMENT_QUEUE)) -> None:
    """Work until told to stop; short jobs come first."""
    worker = SimpleWorker(
        [Queue(name, connection=container.redis, serializer=JSONSerializer) for name in queues],
        connection=container.redis,
        serializer=JSONSerializer,
        default_worker_ttl=WORKER_TTL_SECONDS,
    )
    worker.work(logging_level="WARNING")


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
