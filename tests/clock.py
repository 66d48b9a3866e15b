"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class ManualClock:
    """Starts on Monday, 2 March 2026, 12:00 in Moscow."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant the test has set, UTC."""
        return self._now

    def advance(self, **duration: float) -> datetime:
        """Move ahead by e.g. `days=7, hours=1`; answers the new instant."""
        self._now += timedelta(**duration)
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Move to an instant, which has a zone; also back."""
        assert instant.tzinfo is not None, "instants have a zone"
        self._now = instant.astimezone(UTC)
