"""`bpm simulate`: plays months of customers' lives on a throwaway database and compares the books."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import structlog

from app.cli.output import answer, as_json, progress
from app.cli.throwaway import ThrowawayServer, throwaway_server
from app.simulation.report import Report
from app.simulation.series import append_result, read_results, scripts, totals
from app.simulation.story import Script, play

SELDOM = (100_000, 50, 100)
"""Rows die as soon as they were read: looking for circles of them at the usual pace costs a tenth."""


@click.command()
@click.option("--customers", type=click.IntRange(1, 100_000), required=True, help="How many come.")
@click.option("--months", type=click.IntRange(1, 240), required=True, help="For how many months of 30 days.")
@click.option("--seed", type=int, required=True, help="The same seed is the same story.")
@click.option("--faults", is_flag=True, help="Let everything go wrong that can.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Play a series: append a line for each story to this file, and leave out those that stand there.",
)
@click.option(
    "--stories",
    type=click.IntRange(1),
    default=1,
    help="With --results: play as many, each with the next seed.",
)
@as_json
@click.pass_context
def simulate(
    context: click.Context,
    customers: int,
    months: int,
    seed: int,
    faults: bool,
    results: Path | None,
    stories: int,
    *,
    as_json: bool,
) -> None:
    """Play sign-ups, trials, purchases, renewals, cancellations, declines and, with --faults, lost answers
    and webhooks, kills, two schedulers and sleeping ones; then compare the provider's books with ours and
    ask for everything that must hold. Exit code 1 when something does not.

    It needs no settings and touches no data: the database is its own and is thrown away.
    """
    first = Script(customers, months, seed, faults)
    with _in_a_hurry(), throwaway_server() as server:
        if results is None:
            report = _play(server, first, progress)
            document, text = report.as_json(), report.as_text()
        else:
            _play_series(server, scripts(first, stories, read_results(results)), results)
            document = totals(read_results(results))
            text = "\n".join(f"{name}: {value}" for name, value in document.items())
    answer(document, text, as_json=as_json)
    context.exit(1 if document["violations"] else 0)


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """Look for garbage seldom and log nothing but errors in the block: warnings are what faults are for."""
    logging_before, collecting_before = structlog.get_config(), gc.get_threshold()
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
    )
    gc.freeze()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*collecting_before)
        gc.unfreeze()
        structlog.configure(**logging_before)


def _play(server: ThrowawayServer, script: Script, tell: Callable[[str], None]) -> Report:
    with server.database("story") as url:
        return play(script, url, server.directory, tell)


def _play_series(server: ThrowawayServer, series: Iterable[Script], results: Path) -> None:
    for script in series:
        report = _play(server, script, lambda line: None)
        append_result(results, report)
        progress(
            f"seed {script.seed}: {report.charges} charges, {sum(report.faults.values())} faults,"
            f" {sum(report.kills.values())} kills, {len(report.violations)} violations"
        )
