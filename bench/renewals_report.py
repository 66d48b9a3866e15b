"""What the measurement of renewals tells people and programs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.renewals_measuring import PLAIN_LOOP, PRODUCT, SET_BASED, Cost, Results, Sizes

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


def ratio(results: Results, name: str, base: str, figure: Figure) -> float:
    """How many times more one way costs than another: in each round, and of these the middle."""
    pairs = zip(results.ways[name], results.ways[base], strict=True)
    return statistics.median(figure(cost) / figure(beside) for cost, beside in pairs)


def flatness(results: Results, figure: Figure) -> dict[int, float]:
    """The cost of a renewal for each number of due ones, beside the middle of these costs."""
    medians = {count: median(rounds, figure) for count, rounds in results.by_due.items()}
    middle = statistics.median_low(medians.values()) if medians else 1.0
    return {count: each / middle for count, each in medians.items()}


def text(sizes: Sizes, results: Results) -> str:
    """The tables."""
    return "\n".join([*_ways(results), "", *_facts(sizes, results), "", *_by_due(results)])


def _ways(results: Results) -> Iterator[str]:
    beside = f"{'x set-based':>13}"
    yield f"\n{'':<28}{'renewals/s':>12}{'ms each':>10}{beside}{'CPU ms each':>13}{beside}"
    for name, rounds in results.ways.items():
        each, work = median(rounds, passed), median(rounds, processor)
        by_clock, by_work = (ratio(results, name, SET_BASED, figure) for figure in (passed, processor))
        yield f"{name:<28}{1000 / each:>12.0f}{each:>10.3f}{by_clock:>13.2f}{work:>13.3f}{by_work:>13.2f}"


def _facts(sizes: Sizes, results: Results) -> Iterator[str]:
    rows = ", ".join(f"{table} {count:g}" for table, count in results.rows[PRODUCT].items())
    proof = results.proof
    yield f"{sizes.due} due ({sizes.in_a_loop} in the loop) of {sizes.subscriptions} subscriptions, each of"
    yield f"another customer; medians of {sizes.rounds} interleaved rounds; commits reach the disk."
    yield f"Rows of one renewal, the same in all three: {rows}."
    yield "Every claim was on disk before its charge was asked for;"
    yield f"up to {proof.charges_in_flight} charges were in flight."
    yield f"Tables read whole: {', '.join(proof.read_whole) or 'none'}."
    yield f"Indexes used: {', '.join(proof.indexes)}."


def _by_due(results: Results) -> Iterator[str]:
    yield f"{'due':>10}{'ms each':>12}{'x middle':>10}{'CPU ms each':>13}{'x middle':>10}"
    by_clock, by_work = flatness(results, passed), flatness(results, processor)
    for count, rounds in results.by_due.items():
        each, work = median(rounds, passed), median(rounds, processor)
        yield f"{count:>10}{each:>12.3f}{by_clock[count]:>10.2f}{work:>13.3f}{by_work[count]:>10.2f}"


def document(sizes: Sizes, results: Results) -> dict[str, Any]:
    """What is written to the file."""
    ratios = {
        "renewals_to_set_based": ratio(results, PRODUCT, SET_BASED, passed),
        "renewals_to_set_based_cpu": ratio(results, PRODUCT, SET_BASED, processor),
        "plain_loop_to_set_based": ratio(results, PLAIN_LOOP, SET_BASED, passed),
        "plain_loop_to_set_based_cpu": ratio(results, PLAIN_LOOP, SET_BASED, processor),
        **{f"flatness_{count}": each for count, each in flatness(results, passed).items()},
        **{f"flatness_{count}_cpu": each for count, each in flatness(results, processor).items()},
    }
    return {
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "milliseconds": {name: [asdict(cost) for cost in rounds] for name, rounds in results.ways.items()},
        "milliseconds_by_due": {
            count: [asdict(cost) for cost in rounds] for count, rounds in results.by_due.items()
        },
        "rows_per_renewal": results.rows[PRODUCT],
        "proof": asdict(results.proof),
        "sizes": asdict(sizes),
    }


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
