"""Clocks: the real one, and one that demo and tests may move (design §2.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.models import ClockOffset


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


class MovableClock:
    """Real time plus an offset row that every process reads; refused in production by the settings."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._session_factory = session_factory
        self._real = SystemClock()

    def now(self) -> datetime:
        """The moved instant, UTC. Reads the row each time, so a move is seen at once everywhere."""
        return self._real.now() + self.offset()

    def offset(self) -> timedelta:
        """How far ahead of real time this clock is."""
        with self._session_factory() as session:
            seconds = session.scalar(select(ClockOffset.seconds))
        return timedelta(seconds=seconds or 0)
