"""`bpm clock`: shows the business time and moves it on, in demo and tests."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from app.billing.actors import Actor
from app.billing.errors import InvalidInput
from app.cli.output import answer, as_json, container_of
from app.services.clock import move_clock

ACTOR = Actor.system("bpm clock")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
AMOUNT = re.compile(r"([0-9]{1,6})([mhdw])")


class Amount(click.ParamType[timedelta]):
    """A length of time such as 8d, 12h, 30m or 2w."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length, or a refusal that tells how to write it."""
        match = AMOUNT.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not an amount of time; write it like 8d, 12h, 30m or 2w", param, ctx)
        return timedelta(**{UNITS[match[2]]: int(match[1])})


@click.command()
@click.option("--advance", type=Amount(), help="Move ahead by e.g. 8d, 12h, 30m, 2w; never back.")
@as_json
@click.pass_context
def clock(context: click.Context, advance: timedelta | None, *, as_json: bool) -> None:
    """Show the business time; --advance moves it on (refused in production)."""
    container = container_of(context)
    if advance is not None:
        if not container.settings.clock_movable:
            raise click.ClickException("The clock can't be moved here: CLOCK_MOVABLE is off.")
        try:
            move_clock(container.transactions, actor=ACTOR, ahead=advance, now=container.clock.now())
        except InvalidInput as refusal:
            raise click.ClickException(str(refusal)) from None
    now, real_now = container.clock.now(), container.wall_clock.now()
    ahead = round((now - real_now).total_seconds())
    answer(
        {"now": now.isoformat(), "real_now": real_now.isoformat(), "ahead_seconds": ahead},
        f"Business time {now.isoformat(timespec='seconds')}, {timedelta(seconds=ahead)} ahead of real time.",
        as_json=as_json,
    )
