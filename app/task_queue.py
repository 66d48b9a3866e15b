"""The RQ adapter: hands outbox messages to workers by id. Redis may lose everything at any moment."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from app.billing.errors import QueueUnreachable

JOB = "app.jobs.worker.deliver_message"
RESULT_SECONDS = 60
TIMEOUT_SECONDS = 240


class RqJobQueue:
    """Enqueues by dotted name."""

    def __init__(self, connection: Redis) -> None:
        self._connection = connection

    def enqueue(self, message_id: int, queue: str) -> None:
        """Ask a worker of this queue to deliver the message. Raises QueueUnreachable."""
        try:
            Queue(queue, connection=self._connection, serializer=JSONSerializer).enqueue(
                JOB,
                message_id,
                job_timeout=TIMEOUT_SECONDS,
                result_ttl=RESULT_SECONDS,
                failure_ttl=RESULT_SECONDS * 60,
            )
        except RedisError as error:
            raise QueueUnreachable(type(error).__name__) from error
