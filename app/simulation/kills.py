"""Processes that die, or stand still, at a named point of the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from app.services.fault_points import INSIDE_TRANSACTIONS
from app.simulation.dice import Dice
from app.simulation.faults import KILLS, Fault, Faults
from app.simulation.timeline import SimulatedClock

LONGEST_STALL = timedelta(minutes=50)


class Killed(BaseException):
    """The process is gone, with its session and everything it remembered. Nobody may catch it but its
    starter, and no `except Exception` does.
    """


class Kills:
    """The handler of fault points: now and then it kills, now and then it stops the process for minutes
    in which another machine does the same work.
    """

    def __init__(self, clock: SimulatedClock, dice: Dice, faults: Faults) -> None:
        self.suffered: Counter[str] = Counter()
        self.meanwhile: Callable[[], None] | None = None
        """What the other machine does while a process of this one stands still."""
        self._clock, self._dice, self._faults = clock, dice, faults
        self._stalled = False

    def __call__(self, point: str) -> None:
        """Called at every fault point; raises Killed."""
        if not self._faults.active:
            return
        if self._dice.chance(KILLS):
            self.suffered[point] += 1
            raise Killed(point)
        if point not in INSIDE_TRANSACTIONS and not self._stalled:
            self._stall()

    def _stall(self) -> None:
        if self.meanwhile is None or not self._faults.strikes(Fault.STALLED_PROCESS, self._dice):
            return
        self._stalled = True
        try:
            self._clock.move_on(self._dice.span(timedelta(seconds=1), LONGEST_STALL))
            self.meanwhile()
        finally:
            self._stalled = False
