"""The rounds of the measurement of documents."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice

import psutil

from app.documents.renderer import render_document
from app.services.document_production import Production
from bench.documents_desk import Desk, make_files, ready_count
from bench.documents_set import prepared, print_plainly
from bench.documents_workers import seconds_of_counters, seconds_of_workers

PLAIN, RENDER, JOB = "plain WeasyPrint", "renderer alone", "whole job"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: documents of a round, rounds, documents for memory, documents of a worker."""

    documents: int
    rounds: int
    memory: int
    share: int

    @property
    def all_documents(self) -> int:
        """How many documents are issued for all of it."""
        warm = self.documents
        return warm + self.documents * self.rounds + self.memory + 3 * (self.share + 1) * self.rounds


@dataclass(frozen=True, slots=True)
class Cost:
    """What one document cost in a round, in milliseconds, by the clock and of the processors."""

    passed: float
    processor: float


@dataclass(slots=True)
class Results:
    """The cost of each round by way, megabytes after so many documents, seconds of a document by workers."""

    ways: dict[str, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[int, float] = field(default_factory=dict)
    one_worker: list[float] = field(default_factory=list)
    two_workers: list[float] = field(default_factory=list)
    machine: list[float] = field(default_factory=list)
    """How many times as much two processes count as one: no two workers can do better than the machine."""


def measure(desk: Desk, sizes: Sizes, say: Callable[[str], None]) -> Results:
    """Interleaved rounds, so that whatever else the machine does meets all of them alike."""
    results, ordinals = Results(), count(1)
    # This process has loaded all of the product: the search for garbage must not look through it each time.
    gc.collect()
    gc.freeze()
    with desk.production() as production:
        make_files(production, _next(ordinals, sizes.documents))
        for number in range(1, sizes.rounds + 1):
            for name, cost in _round(desk, production, _next(ordinals, sizes.documents)):
                results.ways[name].append(cost)
                say(f"  round {number}: {name}: {cost.processor:.1f} ms of processor per document")
        results.memory = _memory(production, ordinals, sizes.memory, say)
    for number in range(1, sizes.rounds + 1):
        alone = [_next(ordinals, sizes.share + 1)]
        both = [_next(ordinals, sizes.share + 1) for _ in range(2)]
        results.one_worker.append(seconds_of_workers(desk, alone) / sizes.share)
        results.two_workers.append(seconds_of_workers(desk, both) / (2 * sizes.share))
        results.machine.append(2 * seconds_of_counters(1) / seconds_of_counters(2))
        one, two = results.one_worker[-1], results.two_workers[-1]
        say(f"  round {number}: one worker {one:.3f} s per document, two {two:.3f} s")
    return results


def _next(ordinals: Iterator[int], number: int) -> list[int]:
    return list(islice(ordinals, number))


def _round(desk: Desk, production: Production, ordinals: Sequence[int]) -> Iterator[tuple[str, Cost]]:
    """Each way with the same documents."""
    pages = prepared(ordinals, production.exchange_writer)
    yield PLAIN, _cost(desk, len(ordinals), lambda: print_plainly(pages))
    yield RENDER, _cost(desk, len(ordinals), lambda: _render(pages))
    before = ready_count(production)
    yield JOB, _cost(desk, len(ordinals), lambda: make_files(production, ordinals))
    assert ready_count(production) == before + len(ordinals), "a document was left without its files"


def _render(pages: Sequence[tuple[object, object, object]]) -> None:
    for _page, printed, enclosed in pages:
        render_document(printed, enclosed)  # type: ignore[arg-type]  # they come as they were prepared


def _cost(desk: Desk, number: int, way: Callable[[], None]) -> Cost:
    started, processor = time.perf_counter(), desk.processor_seconds()
    way()
    passed, processor = time.perf_counter() - started, desk.processor_seconds() - processor
    return Cost(1000 * passed / number, 1000 * processor / number)


def _memory(
    production: Production, ordinals: Iterator[int], number: int, say: Callable[[str], None]
) -> dict[int, float]:
    """Megabytes of this process and of its child after each fifth of so many documents more."""
    found: dict[int, float] = {}
    for done in range(number // 5, number + 1, number // 5):
        make_files(production, _next(ordinals, number // 5))
        found[done] = _resident()
        say(f"  after {done} documents: {found[done]:.1f} MB")
    return found


def _resident() -> float:
    own = psutil.Process()
    children = [each for each in own.children() if "app.documents.renderer_child" in each.cmdline()]
    return sum(each.memory_info().rss for each in [own, *children]) / 2**20
