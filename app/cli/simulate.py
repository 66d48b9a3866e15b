"""`bpm simulate`: plays months of customers' lives on a throwaway database and compares the books."""

from __future__ import annotations

import gc
import logging
import sys
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
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
    )
    gc.freeze()
    gc.set_threshold(*SELDOM)
    first = Script(customers, months, seed, faults)
    if results is None:
        with throwaway_server() as server:
            report = _play(server, first)
        answer(report.as_json(), report.as_text(), as_json=as_json)
        context.exit(1 if report.violations else 0)
    _play_series(first, stories, results)
    document = totals(read_results(results))
    answer(document, "\n".join(f"{name}: {value}" for name, value in document.items()), as_json=as_json)
    context.exit(1 if document["violations"] else 0)


def _play(server: ThrowawayServer, script: Script) -> Report:
    with server.database("story") as url:
        return play(script, url, server.directory, progress)


def _play_series(first: Script, stories: int, results: Path) -> None:
    with throwaway_server() as server:
        for script in scripts(first, stories, read_results(results)):
            with server.database("story") as url:
                report = play(script, url, server.directory, lambda line: None)
            append_result(results, report)
            progress(
                f"seed {script.seed}: {report.charges} charges, {sum(report.faults.values())} faults,"
                f" {sum(report.kills.values())} kills, {len(report.violations)} violations"
            )
