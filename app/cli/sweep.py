"""`bpm sweep`: does at once what the scheduler does every minute."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from app.cli.output import answer, as_json, container_of
from app.services.sweep import sweep as run_sweep


class Instant(click.ParamType[datetime]):
    """An ISO 8601 instant with its zone, such as 2026-11-21T10:00:00+03:00."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant in UTC, or a refusal that tells how to write it."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not an instant; write it like 2026-11-21T10:00:00+03:00", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no zone; add +03:00 for Moscow or Z for UTC", param, ctx)
        return instant.astimezone(UTC)


@click.command()
@click.option("--at", type=Instant(), help="As if it were this instant; now by default.")
@as_json
@click.pass_context
def sweep(context: click.Context, at: datetime | None, *, as_json: bool) -> None:
    """Announce, renew, retry, and write down what time has made true."""
    container = container_of(context)
    now = at or container.clock.now()
    report = asdict(run_sweep(container.billing_run(now)))
    lines = [f"{name.replace('_', ' ')}: {count}" for name, count in report.items()]
    answer({"at": now.isoformat()} | report, "\n".join(lines), as_json=as_json)
