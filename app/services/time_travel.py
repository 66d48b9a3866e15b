"""Moving the business clock so that the time in between really passes; for demo and tests only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from app.billing.actors import Actor
from app.repositories.upcoming import UpcomingEvents
from app.services.billing_chunks import BillingRun
from app.services.clock import move_clock
from app.services.sweep import SweepReport, sweep
from app.services.unit_of_work import Transactions

MOST_STOPS = 2_000
"""A move that would stop at more events than this ends at the last of them, and can be repeated."""


def next_event(transactions: Transactions, *, now: datetime) -> datetime | None:
    """The next instant at which time changes anything; None when nothing is to come."""
    with transactions.reading() as repositories:
        return UpcomingEvents(repositories.session).next_after(now)


def travel(
    transactions: Transactions,
    run_at: Callable[[datetime], BillingRun],
    *,
    actor: Actor,
    now: datetime,
    target: datetime,
) -> SweepReport:
    """Sweep at every event on the way to the target, in order, then move the clock there.

    A year that is skipped is so a year of notices, charges and retries, each on its day. Answers what all
    the sweeps did together. Raises InvalidInput for a target that is not ahead.
    """
    done, stop = SweepReport(), now
    for _ in range(MOST_STOPS):
        event = next_event(transactions, now=stop)
        if event is None or event > target:
            stop = target
            break
        done, stop = _together(done, sweep(run_at(event))), event
    move_clock(transactions, actor=actor, ahead=stop - now, now=now)
    return _together(done, sweep(run_at(stop)))


def _together(one: SweepReport, other: SweepReport) -> SweepReport:
    return SweepReport(**{name: count + getattr(other, name) for name, count in asdict(one).items()})
