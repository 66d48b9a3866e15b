"""Work that takes longer than a page may: its states, how long its file is kept, how much one may ask for."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

KEPT = timedelta(days=7)
"""How long the file can be fetched; it can be made again at any time."""
MOST_UNFINISHED = 3
"""Of one owner at a time."""


class WorkState(StrEnum):
    """How far the work has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    """The file is removed, or the work was never finished."""


UNFINISHED = frozenset({WorkState.WAITING, WorkState.RUNNING})


def percentage(done: int, total: int | None) -> int | None:
    """Whole percents from 0 to 100; None before it is known how much there is."""
    if total is None:
        return None
    return 100 if total == 0 else done * 100 // total
