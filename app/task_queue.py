"""The RQ adapter: hands outbox messages to workers by id. Redis may lose everything at any moment."""

from __future__ import annotations

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

JOB = "app.jobs.worker.deliver_message"
RESULT_SECONDS = 60
TIMEOUT_SECONDS = 240
log = structlog.get_logger()


class RqJobQueue:
    """Enqueues by dotted name; what can't be enqueued now is relayed again later."""

    def __init__(self, connection: Redis) -> None:
        self._connection = connection

    def enqueue(self, message_id: int, queue: str) -> None:
        """Ask a worker of this queue to deliver the message."""
        try:
            Queue(queue, connection=self._connection, serializer=JSONSerializer).enqueue(
                JOB,
                message_id,
                job_timeout=TIMEOUT_SECONDS,
                result_ttl=RESULT_SECONDS,
                failure_ttl=RESULT_SECONDS * 60,
            )
        except RedisError as error:
            log.warning("queue_unreachable", message=message_id, error=type(error).__name__)
