"""`bpm invariants`: asks the database whether everything that must hold does hold."""

from __future__ import annotations

import click

from app.cli.output import answer, as_json, container_of
from app.services.invariants import Verdict, check_invariants


@click.command()
@as_json
@click.pass_context
def invariants(context: click.Context, *, as_json: bool) -> None:
    """Check every invariant of the stored data; exit code 1 when one is violated."""
    container = container_of(context)
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    violated = [verdict for verdict in verdicts if verdict.count]
    document = {
        "violations": sum(verdict.count for verdict in violated),
        "invariants": [
            {
                "number": each.number,
                "name": each.name,
                "reason": each.reason,
                "violations": each.count,
                "examples": each.examples,
            }
            for each in verdicts
        ],
    }
    answer(document, "\n".join(_line(verdict) for verdict in verdicts), as_json=as_json)
    context.exit(1 if violated else 0)


def _line(verdict: Verdict) -> str:
    if not verdict.count:
        return f"ok   {verdict.number:6}{verdict.name}"
    examples = ", ".join(verdict.examples)
    return f"BAD  {verdict.number:6}{verdict.name}: {verdict.count}, e.g. {examples} ({verdict.reason})"
