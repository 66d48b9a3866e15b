"""The queue between relay and workers: Redis, which may forget everything at any moment."""

from __future__ import annotations

from collections import deque

from app.billing.errors import QueueUnreachable


class ForgetfulQueue:
    """Holds handed-over messages in memory until a worker takes them or they are forgotten."""

    def __init__(self) -> None:
        self.reachable = True
        self._messages: deque[int] = deque()

    def enqueue(self, message_id: int, queue: str) -> None:
        """Keep the message; the simulation has one worker for both queues. Raises QueueUnreachable."""
        if not self.reachable:
            raise QueueUnreachable("Redis is away")
        self._messages.append(message_id)

    def take(self) -> int | None:
        """The next message, or None."""
        return self._messages.popleft() if self._messages else None

    def forget(self) -> int:
        """Lose everything; how many messages that were."""
        count = len(self._messages)
        self._messages.clear()
        return count
