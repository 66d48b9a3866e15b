"""A clock that stands until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


class StoppedClock:
    """Tells the same instant again and again."""

    def __init__(self, instant: datetime = NOON) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return self._instant

    def move(self, by: timedelta) -> None:
        self._instant += by
