"""`make bench-renewals`: renewals beside a set-based insert of the same rows and beside a plain ORM loop.

All three renew in the same database in the same run, in interleaved rounds. What the product promises is
proved first: each charge was on disk before the acquirer was asked, many were under way at once, and every
statement found its rows by an index.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.services.billing_chunks import BillingRun
from app.services.renewals import renew_due
from bench.plans import plans_of
from bench.renewals_acquirer import InstantAcquirer, WatchingAcquirer
from bench.renewals_plain import renew_in_a_plain_loop
from bench.renewals_rows import RowCounter, per_renewal
from bench.renewals_set_based import renew_set_based
from bench.renewals_shop import Shop, open_shop
from config import PROJECT_DIRECTORY

RESULT = PROJECT_DIRECTORY / "instance" / "bench" / "renewals.json"
SET_BASED, PRODUCT, PLAIN_LOOP = "set-based SQL, one commit", "renew_due", "plain ORM loop"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    customers: int
    subscriptions: int
    history: int
    due: int
    in_a_loop: int
    flatness: tuple[int, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen while the product renewed: charges under way at once, and how it found its rows."""

    charges_in_flight: int
    indexes: list[str]
    read_whole: list[str]


@dataclass(slots=True)
class Results:
    """Milliseconds per renewal of each round, by what was measured, and the rows of one renewal."""

    proof: Proof
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    by_due: dict[int, list[float]] = field(default_factory=dict)
    rows: dict[str, dict[str, float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Milliseconds per renewal."""
        return statistics.median(self.milliseconds[name])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure; print a table and write instance/bench/renewals.json."""
    sizes, result = read_arguments(arguments)
    with tempfile.TemporaryDirectory(prefix="bpm-bench-") as name:
        say(f"Loading {sizes.subscriptions} subscriptions of {sizes.customers} customers …")
        started = time.monotonic()
        with open_shop(Path(name), sizes.customers, sizes.subscriptions, sizes.history) as shop:
            say(f"  {time.monotonic() - started:.0f} s")
            results = measure(shop, sizes)
    report(sizes, results, result)


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


def measure(shop: Shop, sizes: Sizes) -> Results:
    """Interleaved rounds, so that whatever else the machine does meets all of them alike."""
    results = Results(prove(shop, sizes.due))
    ways: dict[str, tuple[int, Callable[[], None]]] = {
        SET_BASED: (sizes.due, lambda: renew_set_based(shop.engine, shop.now)),
        PRODUCT: (sizes.due, lambda: renew(shop)),
        PLAIN_LOOP: (
            sizes.in_a_loop,
            lambda: renew_in_a_plain_loop(shop.engine, shop.now, sizes.in_a_loop),
        ),
    }
    for number in range(sizes.rounds):
        for name, (count, way) in ways.items():
            counter = RowCounter(shop.engine)
            took = one_round(shop, count, way)
            results.milliseconds.setdefault(name, []).append(took)
            results.rows[name] = per_renewal(counter.written(), count)
            say(f"  round {number + 1}: {name}: {took:.3f} ms per renewal")
    assert results.rows[PRODUCT] == results.rows[SET_BASED] == results.rows[PLAIN_LOOP], results.rows
    for _ in range(sizes.rounds):
        for count in sizes.flatness:
            took = one_round(shop, count, lambda: renew(shop))
            results.by_due.setdefault(count, []).append(took)
            say(f"  {count} due: {took:.3f} ms per renewal")
    return results


def prove(shop: Shop, count: int) -> Proof:
    """See that every charge is claimed on disk before anybody is asked, and how the rows are found."""
    shop.make_due(count)
    shop.rest()
    acquirer = WatchingAcquirer(shop.engine)
    plans = plans_of(shop.engine, lambda: renew(shop, acquirer))
    assert len(acquirer.claimed_before) == count, "some were not charged"
    assert all(acquirer.claimed_before), "a charge was asked for before its claim was on disk"
    return Proof(
        acquirer.most_in_flight,
        sorted(set().union(*(plan.indexes for plan in plans))),
        sorted(set().union(*(plan.read_whole for plan in plans))),
    )


def one_round(shop: Shop, count: int, way: Callable[[], None]) -> float:
    """Milliseconds per renewal."""
    shop.make_due(count)
    shop.rest()
    started = time.perf_counter()
    way()
    took = 1000 * (time.perf_counter() - started) / count
    with shop.transactions.reading() as repositories:
        assert not repositories.subscriptions.due_for_renewal(shop.now), "something was left over"
    return took


def renew(shop: Shop, acquirer: InstantAcquirer | None = None) -> None:
    """What the sweep does."""
    gateways = {InstantAcquirer.name: acquirer or InstantAcquirer()}
    run = BillingRun(shop.transactions, shop.now, shop.now, gateways)
    result = renew_due(run)
    assert not result.parked, f"{len(result.parked)} renewals failed"


def report(sizes: Sizes, results: Results, path: Path) -> None:
    """Print the tables and write the file."""
    limit = results.median(SET_BASED)
    say(f"\n{'':<30}{'renewals/s':>12}{'ms/renewal':>12}{'min..max':>18}{'x set-based':>13}")
    for name, rounds in results.milliseconds.items():
        median = results.median(name)
        spread = f"{min(rounds):.2f}..{max(rounds):.2f}"
        say(f"{name:<30}{1000 / median:>12.0f}{median:>12.3f}{spread:>18}{median / limit:>13.2f}")
    say(
        f"\n{sizes.due} due ({sizes.in_a_loop} in the loop) of {sizes.subscriptions} subscriptions,"
        f" each of another customer; medians of {sizes.rounds} rounds."
        f"\nRows of one renewal, the same in all three: {written_rows(results.rows[PRODUCT])}."
        f"\nEvery claim was on disk before its charge; up to {results.proof.charges_in_flight} charges were"
        f" in flight.\nTables read whole: {', '.join(results.proof.read_whole) or 'none'}."
        f" Indexes used: {', '.join(results.proof.indexes)}."
    )
    flat = flatness(results.by_due)
    for count, rounds in results.by_due.items():
        say(
            f"{count:>9} due: {statistics.median(rounds):.3f} ms per renewal, {flat[count]:.2f} of the middle"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(sizes, results, flat), indent=2) + "\n", encoding="utf-8")
    say(f"Written to {path}.")


def flatness(by_due: Mapping[int, Sequence[float]]) -> dict[int, float]:
    """The cost per renewal of each size beside that of the middle one."""
    medians = {count: statistics.median(rounds) for count, rounds in by_due.items()}
    middle = statistics.median_low(medians.values()) if medians else 1.0
    return {count: median / middle for count, median in medians.items()}


def document(sizes: Sizes, results: Results, flat: Mapping[int, float]) -> dict[str, object]:
    """What is written to the file."""
    limit = results.median(SET_BASED)
    return {
        "ratios": {
            "renewals_to_set_based": round(results.median(PRODUCT) / limit, 3),
            "plain_loop_to_set_based": round(results.median(PLAIN_LOOP) / limit, 3),
            "plain_loop_to_renewals": round(results.median(PLAIN_LOOP) / results.median(PRODUCT), 3),
            **{f"flatness_{count}": round(ratio, 3) for count, ratio in flat.items()},
        },
        "milliseconds_per_renewal": results.milliseconds,
        "milliseconds_by_due": results.by_due,
        "rows_per_renewal": results.rows[PRODUCT],
        "proof": asdict(results.proof),
        "subscriptions": sizes.subscriptions,
        "due": sizes.due,
    }


def written_rows(rows: Mapping[str, float]) -> str:
    """«invoice 1, ledger_entry 2»."""
    return ", ".join(f"{table} {count:g}" for table, count in rows.items())


def say(line: str) -> None:
    """To the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
