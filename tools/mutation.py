"""`make mutation`: changes the rules of app/billing one by one and asks whether a test notices.

Which modules, by which tests: `[tool.mutmut]` in pyproject.toml. The work is done in a copy of the tree in
instance/mutation; a run that was stopped goes on, as long as the tree stays what it was. Every mutant counts,
those of error messages too; one that no test reaches, or that survives, is not killed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "instance" / "mutation"
RESULT = ROOT / "instance" / "mutation.json"
COPIED = (
    "app/billing",
    "app/__init__.py",
    "tests/billing",
    "tests/conftest.py",
    "tests/clock.py",
    "pyproject.toml",
)
FLOOR = 85
"""Percent of all mutants that a test must kill."""
LINE = re.compile(r"^ +app\.billing\.(?P<module>\w+)\.(?P<mutant>\S+): (?P<status>.+)$", re.MULTILINE)
KILLED = ("killed", "timeout")


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there were, and how many a test killed."""

    mutants: int
    killed: int

    @property
    def percent(self) -> float:
        """Killed of all; of none all are killed."""
        return 100 * self.killed / self.mutants if self.mutants else 100.0


def scores(results: str) -> dict[str, Score]:
    """The score of each module, by name, from what `mutmut results --all` prints."""
    found = [(match["module"], match["status"]) for match in LINE.finditer(results)]
    mutants = Counter(module for module, _ in found)
    killed = Counter(module for module, status in found if status in KILLED)
    return {module: Score(mutants[module], killed[module]) for module in sorted(mutants)}


def survivors(results: str) -> list[str]:
    """The mutants that no test killed, with what became of them."""
    return [match[0].strip() for match in LINE.finditer(results) if match["status"] not in KILLED]


def in_all(by_module: Mapping[str, Score]) -> Score:
    """All modules together."""
    every = by_module.values()
    return Score(sum(each.mutants for each in every), sum(each.killed for each in every))


def table(by_module: Mapping[str, Score]) -> str:
    """A line a module and one for all, for a person."""
    rows = [*by_module.items(), ("in all", in_all(by_module))]
    return "\n".join(
        f"{name:16} {score.mutants:5} mutants {score.killed:5} killed {score.percent:6.1f} %"
        for name, score in rows
    )


def copy_tree(paths: Iterable[Path], copy: Path) -> None:
    """Copy the tracked files; what was found out before is thrown away unless they are the same."""
    contents = {path: (ROOT / path).read_bytes() for path in paths}
    digest = hashlib.sha256(
        b"".join(str(path).encode() + data for path, data in contents.items())
    ).hexdigest()
    stamp = copy / "digest"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    shutil.rmtree(copy, ignore_errors=True)
    for path, data in contents.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes(data)
    stamp.write_text(digest)


def _mutmut(*arguments: str, told: bool = False) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=COPY, stdout=None if told else subprocess.PIPE, text=True, check=True)  # noqa: S603
    return done.stdout or ""


def main() -> int:
    """Mutate, tell the score of each module, write instance/mutation.json; 1 below the floor."""
    listed = subprocess.run(  # noqa: S603 - our own constants
        ["git", "ls-files", "-z", *COPIED],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    copy_tree([Path(name) for name in listed.stdout.split("\0") if name], COPY)
    _mutmut("run", "--max-children", "1", told=True)
    results = _mutmut("results", "--all", "true")
    by_module = scores(results)
    whole = in_all(by_module)
    written = {
        "percent": round(whole.percent, 1),
        "mutants": whole.mutants,
        "killed": whole.killed,
        "modules": {name: round(score.percent, 1) for name, score in by_module.items()},
        "survivors": survivors(results),
    }
    RESULT.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"\n{table(by_module)}\n")
    return 0 if whole.percent >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
