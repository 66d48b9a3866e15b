"""Plays many stories at once in the order of time, so that numbers and ids grow as in real life."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from datetime import datetime

from app.demo.seed.stage import HistoryClock

Story = Generator[datetime, None, None]
"""Yields the instant (UTC) at which it wants to go on; what would come after the present never happens."""


class Timeline:
    """Stories waiting for their time."""

    def __init__(self, clock: HistoryClock, end: datetime) -> None:
        self._clock = clock
        self._end = end
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._added = 0

    def add(self, story: Story) -> None:
        """Let a story begin at the instant that it yields first."""
        self._added += 1
        self._wait(story, self._added)

    def play(self) -> None:
        """Go through the history; at one instant stories go on in the order in which they were added."""
        while self._waiting:
            instant, order, story = heapq.heappop(self._waiting)
            self._clock.instant = max(self._clock.instant, instant)
            self._wait(story, order)
        self._clock.instant = self._end

    def _wait(self, story: Story, order: int) -> None:
        instant = next(story, None)
        if instant is None or instant >= self._end:
            story.close()
            return
        heapq.heappush(self._waiting, (instant, order, story))
