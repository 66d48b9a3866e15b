"""Moving the business clock, in demo and tests only."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from app.billing.actors import Actor
from app.billing.errors import InvalidInput
from app.models import ClockOffset
from app.services.unit_of_work import Transactions

FARTHEST = timedelta(days=20 * 366)


def move_clock(transactions: Transactions, *, actor: Actor, ahead: timedelta, now: datetime) -> timedelta:
    """Move the clock ahead by a positive amount; returns the new offset.

    It only goes forward: billing never saw time run back, and neither do the tests. Raises
    InvalidInput for a negative or absurd move.
    """
    if not timedelta() < ahead <= FARTHEST:
        raise InvalidInput("the clock moves forward only, 20 years at most", code="CLOCK_MOVE")
    seconds = math.ceil(ahead.total_seconds())  # not a moment before what one moves to
    with transactions.begin(actor) as work:
        statement = insert(ClockOffset).values(id=1, seconds=seconds)
        offset = work.session.scalar(
            statement.on_conflict_do_update(
                index_elements=[ClockOffset.id], set_={"seconds": ClockOffset.seconds + seconds}
            ).returning(ClockOffset.seconds)
        )
        work.audit("clock.move", "clock", 1, now=now, details={"seconds": seconds})
    return timedelta(seconds=offset or 0)
