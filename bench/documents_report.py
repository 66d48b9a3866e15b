"""What the measurement of documents tells people and programs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.documents_measuring import JOB, PLAIN, RENDER, Cost, Results, Sizes

Figure = Callable[[Cost], float]


def passed(cost: Cost) -> float:
    """Milliseconds by the clock."""
    return cost.passed


def processor(cost: Cost) -> float:
    """Milliseconds of the processors."""
    return cost.processor


def median(rounds: Sequence[Cost], figure: Figure) -> float:
    """The middle round."""
    return statistics.median(map(figure, rounds))


def speed(results: Results, name: str, figure: Figure) -> float:
    """How many times as fast as plain WeasyPrint: in each round, and of these the middle."""
    pairs = zip(results.ways[PLAIN], results.ways[name], strict=True)
    return statistics.median(figure(plain) / figure(ours) for plain, ours in pairs)


def ratios(results: Results) -> dict[str, float]:
    """What the goals are set for; above one is better than what it is compared with, memory below."""
    memory = list(results.memory.values())
    pairs = zip(results.one_worker, results.two_workers, strict=True)
    workers = statistics.median(one / two for one, two in pairs)
    machine = statistics.median(results.machine)
    return {
        "render_to_plain": speed(results, RENDER, processor),
        "render_to_plain_clock": speed(results, RENDER, passed),
        "job_to_plain": speed(results, JOB, processor),
        "job_to_plain_clock": speed(results, JOB, passed),
        "memory_last_to_first": memory[-1] / memory[0],
        "two_workers_to_one": workers,
        "two_counters_to_one": machine,
        "two_workers_of_machine": workers / machine,
    }


def text(sizes: Sizes, results: Results) -> str:
    """The tables."""
    return "\n".join([*_ways(results), "", *_facts(sizes, results)])


def _ways(results: Results) -> Iterator[str]:
    yield f"\n{'':<20}{'docs/s per core':>17}{'CPU ms each':>13}{'x plain':>9}{'ms each':>10}{'x plain':>9}"
    for name, rounds in results.ways.items():
        work, each = median(rounds, processor), median(rounds, passed)
        by_work, by_clock = speed(results, name, processor), speed(results, name, passed)
        yield f"{name:<20}{1000 / work:>17.1f}{work:>13.1f}{by_work:>9.2f}{each:>10.1f}{by_clock:>9.2f}"


def _facts(sizes: Sizes, results: Results) -> Iterator[str]:
    yield f"УПД, счёт-фактура, акт and квитанция in turn; {sizes.documents} documents a round, medians of"
    yield f"{sizes.rounds} interleaved rounds. Plain WeasyPrint reads style sheets and fonts each time."
    yield "A whole job: snapshot from the database, exchange file, PDF in the child, files stored, row ready."
    memory = ", ".join(f"{megabytes:.0f} MB after {done}" for done, megabytes in results.memory.items())
    yield f"Worker and child together: {memory}."
    one, two = statistics.median(results.one_worker), statistics.median(results.two_workers)
    found = ratios(results)
    times, machine = found["two_workers_to_one"], found["two_counters_to_one"]
    yield f"One worker {1 / one:.1f} documents/s, two {1 / two:.1f}: x {times:.2f}; two processes that only"
    yield f"count do x {machine:.2f} of one on this machine in the same minutes."


def document(sizes: Sizes, results: Results) -> dict[str, Any]:
    """What is written to the file."""
    return {
        "ratios": {name: round(value, 3) for name, value in ratios(results).items()},
        "milliseconds": {name: [asdict(cost) for cost in rounds] for name, rounds in results.ways.items()},
        "megabytes": results.memory,
        "seconds_per_document": {"one_worker": results.one_worker, "two_workers": results.two_workers},
        "two_counters_to_one": results.machine,
        "sizes": asdict(sizes),
    }


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
