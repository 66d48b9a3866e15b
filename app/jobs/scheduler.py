"""The scheduler: one short loop, each task under an advisory lock, so two schedulers are harmless."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.bootstrap import Container
from app.models import SchedulerTick
from app.services.catalogue_sync import sync_catalogue
from app.services.charging import janitor
from app.services.exchange_rates import fetch_rates
from app.services.fiscal.promising import promise_offsets, promise_receipts
from app.services.invariants import guard_invariants
from app.services.long_work import remove_expired
from app.services.method_setups import finish_open_setups
from app.services.outbox import relay
from app.services.reconciliation import reconcile
from app.services.refund_sending import look_at_refunds
from app.services.statement_pickup import take_statements
from app.services.sweep import sweep

PAUSE_SECONDS = 0.25
ACTOR = Actor.system("scheduler")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is done every so often, in real time."""

    name: str
    every: timedelta
    run: Callable[[Container], None]


def _relay(container: Container) -> None:
    relay(container.transactions, container.queue, real_now=container.wall_clock.now())


def _settle_doubtful_attempts(container: Container) -> None:
    janitor(container.charging, now=container.clock.now(), real_now=container.wall_clock.now())


def _look_at_refunds(container: Container) -> None:
    look_at_refunds(
        container.transactions,
        container.providers,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _reconcile(container: Container) -> None:
    reconcile(
        container.transactions,
        container.providers,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _finish_method_setups(container: Container) -> None:
    finish_open_setups(container.method_setups, now=container.clock.now())


def _sync_catalogue(container: Container) -> None:
    sync_catalogue(
        container.transactions,
        container.catalogue_mirrors,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def _sweep(container: Container) -> None:
    sweep(container.billing_run())


def _guard_invariants(container: Container) -> None:
    guard_invariants(container.transactions, now=container.clock.now(), real_now=container.wall_clock.now())


def _fetch_rates(container: Container) -> None:
    """Ask only for days that lack rates, so that all turns of a day but the first cost one query."""
    if container.rate_source is not None:
        fetch_rates(container.transactions, container.rate_source, now=container.rate_clock.now())


def _promise_receipts(container: Container) -> None:
    if container.fiscalisation is not None:
        promise_receipts(container.fiscalisation, now=container.clock.now())


def _promise_offsets(container: Container) -> None:
    if container.fiscalisation is not None:
        promise_offsets(container.fiscalisation, now=container.clock.now())


def _take_statements(container: Container) -> None:
    if container.statement_folder is not None:
        take_statements(
            container.statement_importing,
            container.statement_folder,
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )


def _remove_expired_work(container: Container) -> None:
    remove_expired(container.working)


TIMETABLE = (
    Task("relay", timedelta(seconds=1), _relay),
    Task("janitor", timedelta(seconds=15), _settle_doubtful_attempts),
    Task("method-setups", timedelta(minutes=5), _finish_method_setups),
    Task("refunds", timedelta(seconds=15), _look_at_refunds),
    Task("reconcile", timedelta(hours=1), _reconcile),
    Task("catalogue", timedelta(minutes=1), _sync_catalogue),
    Task("sweep", timedelta(minutes=1), _sweep),
    Task("bank-folder", timedelta(minutes=1), _take_statements),
    Task("invariants", timedelta(days=1), _guard_invariants),
    Task("fiscal-receipts", timedelta(minutes=1), _promise_receipts),
    Task("fiscal-offsets", timedelta(hours=1), _promise_offsets),
    Task("exchange_rates", timedelta(hours=1), _fetch_rates),
    Task("long-work", timedelta(minutes=10), _remove_expired_work),
)


def run_scheduler(container: Container, stop: threading.Event | None = None) -> None:
    """Run the timetable until told to stop."""
    stop = stop or threading.Event()
    while not stop.is_set():
        run_due(container)
        stop.wait(PAUSE_SECONDS)


def run_due(container: Container) -> None:
    """Run every task that is due and that no other scheduler is running."""
    for task in TIMETABLE:
        try:
            if _claim(container, task, container.wall_clock.now()):
                task.run(container)
        except (BillingError, SQLAlchemyError) as error:
            log.error(
                "task_failed", task=task.name, error=type(error).__name__, code=getattr(error, "code", None)
            )


def _claim(container: Container, task: Task, real_now: datetime) -> bool:
    """Take this turn of the task; False when it is not due or another scheduler took it.

    The lock lives as long as the short transaction that moves the task's time on; the tasks themselves
    are safe to run twice at once, so the lock only saves work.
    """
    with container.transactions.begin(ACTOR) as work:
        lock = func.pg_try_advisory_xact_lock(zlib.crc32(task.name.encode()))
        if not work.session.scalar(select(lock)):
            return False
        ran_at = work.session.scalar(select(SchedulerTick.ran_at).where(SchedulerTick.task == task.name))
        if ran_at is not None and abs(real_now - ran_at) < task.every:
            return False  # a turn far ahead was taken on a clock that has been put right since
        statement = insert(SchedulerTick).values(task=task.name, ran_at=real_now)
        work.session.execute(
            statement.on_conflict_do_update(index_elements=[SchedulerTick.task], set_={"ran_at": real_now})
        )
        return True
