"""Many stories one after another, with results on disk: a series that was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.simulation.report import Report
from app.simulation.story import Script

MONEY = ("lost money", "doubled money")
Result = dict[str, Any]


def scripts(first: Script, stories: int, played: Iterable[Result]) -> Iterator[Script]:
    """The scripts of a series, each with the next seed, without those whose results are known."""
    known = {
        (result["customers"], result["months"], result["with_faults"], result["seed"]) for result in played
    }
    for seed in range(first.seed, first.seed + stories):
        script = replace(first, seed=seed)
        if (script.customers, script.months, script.faults, seed) not in known:
            yield script


def read_results(file: Path) -> list[Result]:
    """The results of stories that were played before; a line that was cut off counts for nothing."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [result for line in lines if (result := _result(line)) is not None]


def append_result(file: Path, report: Report) -> None:
    """Write a result down on a line of its own at the end of the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cut_off = file.exists() and file.read_bytes()[-1:] not in (b"", b"\n")
    with file.open("a", encoding="utf-8") as results:
        results.write("\n" * cut_off + json.dumps(report.as_json(), ensure_ascii=False) + "\n")


def _result(line: str) -> Result | None:
    try:
        result: Result = json.loads(line)
    except json.JSONDecodeError:
        return None
    return result


def totals(results: Iterable[Result]) -> Result:
    """What all stories together came to."""
    played = list(results)
    violated = [each for result in played for each in result["violated"]]
    return {
        "stories": len(played),
        "charges": sum(result["charges"] for result in played),
        "transfers": sum(result["transfers"] for result in played),
        "faults": sum(result["faults"] for result in played),
        "kills": sum(result["kills"] for result in played),
        "lost_or_doubled": sum(each["kind"] in MONEY for each in violated),
        "violations": len(violated),
        "seeds_with_violations": [result["seed"] for result in played if result["violations"]],
    }
