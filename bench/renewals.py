"""`make bench-renewals`: renewals beside a set-based insert of the same rows and beside a plain ORM loop.

All three renew in the same database in the same run, in interleaved rounds. What the product promises is
proved first: each charge was on disk before the acquirer was asked, many were under way at once, and every
statement found its rows by an index.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.renewals_measuring import Sizes, measure
from bench.renewals_report import document, text, write
from bench.renewals_shop import open_shop
from config import PROJECT_DIRECTORY

RESULT = PROJECT_DIRECTORY / "instance" / "bench" / "renewals.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure; print a table and write instance/bench/renewals.json."""
    sizes, result = read_arguments(arguments)
    with tempfile.TemporaryDirectory(prefix="bpm-bench-") as name:
        say(f"Loading {sizes.subscriptions} subscriptions of {sizes.customers} customers …")
        started = time.monotonic()
        with open_shop(Path(name), sizes.customers, sizes.subscriptions, sizes.history) as shop:
            say(f"  {time.monotonic() - started:.0f} s")
            results = measure(shop, sizes, say)
    say(text(sizes, results))
    write(result, document(sizes, results))
    say(f"Written to {result}.")


def read_arguments(arguments: Sequence[str] | None) -> tuple[Sizes, Path]:
    """The sizes, the full form by default, and where the result is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--subscriptions", type=int, default=1_000_000)
    parser.add_argument("--history", type=int, default=1, help="months paid before the running one")
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=1_000, help="how many the plain loop renews in a round")
    parser.add_argument("--flatness", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--result", type=Path, default=RESULT)
    given = parser.parse_args(arguments)
    sizes = Sizes(
        given.customers,
        given.subscriptions,
        given.history,
        given.due,
        given.loop,
        tuple(given.flatness),
        given.rounds,
    )
    return sizes, given.result


def say(line: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
