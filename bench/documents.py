"""`make bench-documents`: files of documents beside WeasyPrint alone, on the same pages in the same run."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.documents_desk import open_desk
from bench.documents_measuring import Sizes, measure
from bench.documents_report import document, text, write
from config import PROJECT_DIRECTORY

RESULT = PROJECT_DIRECTORY / "instance" / "bench" / "documents.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure; print a table and write instance/bench/documents.json."""
    sizes, result = read_arguments(arguments)
    with tempfile.TemporaryDirectory(prefix="bpm-bench-") as name:
        say(f"Issuing {sizes.all_documents} documents …")
        started = time.monotonic()
        with open_desk(Path(name), sizes.all_documents) as desk:
            say(f"  {time.monotonic() - started:.0f} s")
            results = measure(desk, sizes, say)
    say(text(sizes, results))
    write(result, document(sizes, results))
    say(f"Written to {result}.")


def read_arguments(arguments: Sequence[str] | None) -> tuple[Sizes, Path]:
    """The sizes, the full form by default, and where the result is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=40, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int, default=1_000, help="documents that memory is watched over")
    parser.add_argument("--share", type=int, default=40, help="documents of each of two workers")
    parser.add_argument("--result", type=Path, default=RESULT)
    given = parser.parse_args(arguments)
    return Sizes(given.documents, given.rounds, given.memory, given.share), given.result


def say(line: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
