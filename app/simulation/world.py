"""The stage of a story: time, chance, provider and product, and processes that may die."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.billing.errors import BillingError
from app.services.fault_points import installed
from app.services.unit_of_work import Transactions
from app.simulation.dice import Dice
from app.simulation.faults import Faults
from app.simulation.job_queue import ForgetfulQueue
from app.simulation.journal import Journal
from app.simulation.kills import Killed, Kills
from app.simulation.product import SimulatedProduct
from app.simulation.provider import SimulatedProvider
from app.simulation.timeline import Agenda, SimulatedClock

CRASHES = (SQLAlchemyError, AssertionError, ValueError, LookupError, TypeError, AttributeError)
"""What a use case never raises, whatever it is asked."""


class Ending(StrEnum):
    """How a process ended."""

    DONE = "done"
    REFUSED = "refused"
    DEAD = "dead"


@dataclass
class World:
    """Everything that the parts of a story share."""

    clock: SimulatedClock
    agenda: Agenda
    dice: Dice
    faults: Faults
    kills: Kills
    gateway: SimulatedProvider
    queue: ForgetfulQueue
    product: SimulatedProduct
    journal: Journal = field(default_factory=Journal)
    after_death: Callable[[], None] = lambda: None
    """Called when a process died: others have to go on with its work."""

    @property
    def now(self) -> datetime:
        """The present instant of the story."""
        return self.clock.now()

    @property
    def transactions(self) -> Transactions:
        """The product's transactions."""
        return self.product.transactions

    def run(self, process: str, step: Callable[[], object]) -> Ending:
        """Do something as a process of its own, which may die at any fault point.

        Whatever it raises is a violation: nobody asked for anything that could be refused.
        """
        try:
            ending = self._play(step)
        except (BillingError, *CRASHES) as crash:
            self._crashed(process, crash)
            return Ending.REFUSED
        self._count(process, ending)
        return ending

    def ask(self, wish: str, step: Callable[[], object]) -> Ending:
        """Ask the product for something as a customer or an employee: it may refuse, with a code."""
        try:
            ending = self._play(step)
        except BillingError as refusal:
            self.journal.refusals[f"{wish}: {refusal.code}"] += 1
            return Ending.REFUSED
        except CRASHES as crash:
            self._crashed(wish, crash)
            return Ending.REFUSED
        self._count(wish, ending)
        return ending

    def _play(self, step: Callable[[], object]) -> Ending:
        try:
            with installed(self.kills):
                step()
        except Killed:
            self.after_death()
            return Ending.DEAD
        return Ending.DONE

    def _crashed(self, process: str, crash: Exception) -> None:
        frame = traceback.extract_tb(crash.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        self.violated("crash", f"{process}: {type(crash).__name__} at {place}: {crash}"[:500])

    def _count(self, deed: str, ending: Ending) -> None:
        if ending is Ending.DONE:
            self.journal.deeds[deed] += 1

    def violated(self, kind: str, text: str) -> None:
        """Write down that something did not hold."""
        self.journal.violated(kind, text, self.now)
