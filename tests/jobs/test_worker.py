"""The RQ worker: knows every job, takes short ones first, survives what Redis does."""

from datetime import timedelta

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.billing.mail import MailKind
from app.bootstrap import Container
from app.jobs import worker
from app.jobs.handlers import handlers
from app.jobs.worker import deliver_message
from app.models import Document, DocumentStatus, OutboxMessage, OutboxStatus
from app.services.outbox import QUEUE_PAUSE, relay
from app.task_queue import JOB, RqJobQueue
from tests.factories import order, rows


def test_every_promise_has_somebody_who_keeps_it(container: Container) -> None:
    assert set(handlers(container)) == {f"mail.{kind.value}" for kind in MailKind} | {
        "document.render",
        "fiscal.register",
        "long_work.turn",
        "month.close",
        "payment.charge",
        "payment.forget_method",
        "payment.webhook",
        "refund.send",
    }


def test_the_job_in_the_queue_does_the_work(
    container: Container, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(container, alice, "crm-connector")
    relay(container.transactions, container.queue, real_now=container.wall_clock.now())
    monkeypatch.setattr(worker, "get_container", lambda: container)
    worker._handlers.cache_clear()
    try:
        (job,) = Queue("documents", connection=container.redis, serializer=JSONSerializer).jobs
        assert (job.func_name, list(job.args)) == (JOB, [1])
        assert deliver_message(*job.args)
        assert not deliver_message(*job.args)
    finally:
        worker._handlers.cache_clear()
    assert rows(container, Document)[0].status is DocumentStatus.READY
    assert rows(container, OutboxMessage, name="document.render")[0].status is OutboxStatus.DONE


def test_an_unreachable_redis_is_not_a_failure_of_the_relay(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    nowhere = RqJobQueue(redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2))
    for days in range(2):
        real_now = container.wall_clock.now() + timedelta(days=days)
        assert relay(container.transactions, nowhere, real_now=real_now) == 0
        message = rows(container, OutboxMessage)[0]
        assert (message.status, message.attempts) == (OutboxStatus.WAITING, 0)
        assert message.available_at == real_now + QUEUE_PAUSE
