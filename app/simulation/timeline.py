"""Simulated time: a clock that only goes ahead, and the agenda of what happens when."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)
"""Every story begins on this Monday, at nine in Moscow."""

Step = Callable[[], None]


class SimulatedClock:
    """Business time and real time of a story: both are the same here."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The present instant of the story, UTC."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Go on to the instant; one that has passed changes nothing."""
        self._now = max(self._now, instant)

    def move_on(self, duration: timedelta) -> None:
        """Go on by so much."""
        self._now += duration


class Agenda:
    """What is going to happen, in the order of time; at one instant in the order of planning."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._order = count()
        self._steps: list[tuple[datetime, int, Step]] = []

    def at(self, instant: datetime, step: Step) -> None:
        """Let the step happen at the instant, or as soon as possible after it."""
        heapq.heappush(self._steps, (instant.astimezone(UTC), next(self._order), step))

    def after(self, delay: timedelta, step: Step) -> None:
        """Let the step happen in so long."""
        self.at(self._clock.now() + delay, step)

    def play_until(self, end: datetime) -> None:
        """Play what happens before the instant, and stand there."""
        while self._steps and self._steps[0][0] < end:
            instant, _, step = heapq.heappop(self._steps)
            self._clock.move_to(instant)
            step()
        self._clock.move_to(end)
