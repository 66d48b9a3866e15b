"""Seeds every defect into a copy of the tree and asks its tests: control of locks, walls and re-checks.

    python -m tests.defects.runner            all that the present tree has not been asked about yet
    python -m tests.defects.runner NAME …     these, again

Results are kept with a digest of the tree in instance/defects.json, so a run that was stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.defects.defect import Defect
from tests.defects.defects import DEFECTS

PROJECT = Path(__file__).resolve().parents[2]
RESULTS = PROJECT / "instance" / "defects.json"
LONGEST_RUN = 600
"""Seconds. Tests that hang have not said what is wrong."""
CONTROL = "nothing is wrong"
FAILED = re.compile(r"^FAILED tests/", re.MULTILINE)
PYTEST = (
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-x",
    "-rf",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-n0",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests said: of a defect that they must fail, of the control that they must not."""

    name: str
    caught: bool
    told: str
    """The last line of the tests, for a person."""


def run_all(names: Sequence[str] = (), tell: Callable[[Verdict], None] = lambda _: None) -> list[Verdict]:
    """The verdicts of the control and of every defect, or of those named, in their order.

    What the present tree was asked about before is not asked again unless it is named.
    """
    digest = _digest(_tracked())
    known = {} if names else _stored(digest)
    verdicts: dict[str, Verdict] = {}
    for name, ask in _questions().items():
        if names and name not in names:
            continue
        verdicts[name] = known.get(name) or ask()
        tell(verdicts[name])
        _store(digest, _stored(digest) | verdicts)
    return list(verdicts.values())


def _questions() -> dict[str, Callable[[], Verdict]]:
    every_test = dict.fromkeys(test for defect in DEFECTS for test in defect.tests)
    return {CONTROL: lambda: control(list(every_test))} | {
        defect.name: lambda defect=defect: seeded(defect) for defect in DEFECTS
    }


def control(tests: Sequence[str]) -> Verdict:
    """Without any defect all of the tests pass, else their failing says nothing."""
    with copied_tree() as tree:
        done = _pytest(tree, tests)
        return Verdict(CONTROL, done.returncode == 0, _last_line(done.stdout))


def seeded(defect: Defect) -> Verdict:
    """Whether a test of the defect fails, in its own body and not before it."""
    with copied_tree() as tree:
        sow(tree, defect)
        done = _pytest(tree, defect.tests)
        caught = done.returncode == 1 and FAILED.search(done.stdout) is not None
        return Verdict(defect.name, caught, _last_line(done.stdout))


def sow(tree: Path, defect: Defect) -> None:
    """Make the change. Raises ValueError unless the old text stands there exactly once."""
    path = tree / defect.file
    text = path.read_text(encoding="utf-8")
    if text.count(defect.old) != 1:
        raise ValueError(
            f"{defect.name}: the old text stands {text.count(defect.old)} times in {defect.file}"
        )
    path.write_text(text.replace(defect.old, defect.new), encoding="utf-8")


@contextmanager
def copied_tree() -> Iterator[Path]:
    """A copy of the tracked files, and of the compiled translations, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="bpm-defect-") as folder:
        tree = Path(folder)
        for path in [*_tracked(), *(each.relative_to(PROJECT) for each in (PROJECT / "app").rglob("*.mo"))]:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / path, tree / path)
        yield tree


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    paths = [Path(name) for name in listed.stdout.split("\0") if name]
    return [path for path in paths if (PROJECT / path).is_file()]


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.parts[0] in ("app", "tests") or path.suffix in (".py", ".toml"):
            digest.update(str(path).encode() + (PROJECT / path).read_bytes())
    return digest.hexdigest()


def _pytest(tree: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    with subprocess.Popen(
        [*PYTEST, *tests], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=LONGEST_RUN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            output, _ = process.communicate()
            output += "\nthe tests hang"
    return subprocess.CompletedProcess(process.args, process.returncode, output)


def _last_line(output: str) -> str:
    return output.strip().splitlines()[-1] if output.strip() else "no output"


def _stored(digest: str) -> dict[str, Verdict]:
    if not RESULTS.exists():
        return {}
    stored = json.loads(RESULTS.read_text(encoding="utf-8"))
    rows = stored["verdicts"] if stored["tree"] == digest else []
    return {row["name"]: Verdict(**row) for row in rows}


def _store(digest: str, verdicts: dict[str, Verdict]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    rows = [{"name": each.name, "caught": each.caught, "told": each.told} for each in verdicts.values()]
    RESULTS.write_text(json.dumps({"tree": digest, "verdicts": rows}, indent=2, ensure_ascii=False) + "\n")


def main(names: Sequence[str]) -> int:
    """Tell every verdict and the totals; 0 when the control passed and every defect was caught."""

    def tell(verdict: Verdict) -> None:
        word = "passed" if verdict.name == CONTROL else "caught"
        sys.stdout.write(f"{word if verdict.caught else 'MISSED'}  {verdict.name}: {verdict.told}\n")
        sys.stdout.flush()

    verdicts = run_all(names, tell)
    defects = [each for each in verdicts if each.name != CONTROL]
    missed = [each.name for each in defects if not each.caught]
    sys.stdout.write(f"{len(defects)} defects, {len(defects) - len(missed)} caught, {len(missed)} missed\n")
    return 0 if all(each.caught for each in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
