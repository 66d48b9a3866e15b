"""One worker and two, and beside them as many processes that only count: what the machine has to give."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.documents_desk import Desk, make_files

COUNTED = 20_000_000
"""About a second of a processor."""


def seconds_of_workers(desk: Desk, shares: Sequence[Sequence[int]]) -> float:
    """How long workers, each a process, take to make the files of their shares, once all are warm."""
    return _seconds(_work, [(desk.address, desk.server.pid, desk.files, share) for share in shares])


def seconds_of_counters(number: int) -> float:
    """How long so many processes take that need nothing but a processor each."""
    return _seconds(_count, [()] * number)


def _seconds(task: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> float:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(arguments) + 1)
    processes = [context.Process(target=task, args=(barrier, *each)) for each in arguments]
    for process in processes:
        process.start()
    barrier.wait()
    started = time.perf_counter()
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes), "a worker failed"
    return time.perf_counter() - started


def _work(barrier: Any, address: str, server: int, files: Path, share: Sequence[int]) -> None:
    desk = Desk(address, psutil.Process(server), files)
    with desk.production() as production:
        make_files(production, share[:1])
        barrier.wait()
        make_files(production, share[1:])


def _count(barrier: Any) -> None:
    barrier.wait()
    for _ in range(5):
        sum(range(COUNTED))
