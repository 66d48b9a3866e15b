"""Runs things at the same moment in real threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Generic, TypeVar

from sqlalchemy import text

from app.billing.errors import BillingError
from app.bootstrap import Container

Result = TypeVar("Result")


class Outcomes(Generic[Result]):
    """What came out: the results, and the codes of refusals. Any other error fails the test."""

    def __init__(self, futures: Sequence[Future[Result]]) -> None:
        self.results: list[Result] = []
        self.refusals: list[str] = []
        for future in futures:
            try:
                self.results.append(future.result())
            except BillingError as refusal:
                self.refusals.append(refusal.code)


def at_once(*functions: Callable[[], Result]) -> Outcomes[Result]:
    """Call them all at the same moment, each in a thread of its own."""
    barrier = Barrier(len(functions))

    def start(function: Callable[[], Result]) -> Result:
        barrier.wait(timeout=30)
        return function()

    with ThreadPoolExecutor(len(functions)) as threads:
        return Outcomes([threads.submit(start, function) for function in functions])


def wait_until_blocked(container: Container, transactions: int = 1) -> None:
    """Wait until this many transactions of the test's database wait for a lock of another one."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(500):
        with container.transactions.reading() as repositories:
            if (repositories.session.scalar(waiting) or 0) >= transactions:
                return
        time.sleep(0.01)
    raise AssertionError("nothing waits for a lock")
