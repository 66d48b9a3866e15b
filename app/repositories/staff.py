"""Sessions of staff."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from app.models import StaffSession
from app.repositories.base import Repository


class StaffSessionRepository(Repository[StaffSession]):
    """Logins of staff; all instants are real time."""

    model = StaffSession

    def live(self, token_hash: bytes, now: datetime) -> StaffSession | None:
        """The session of this cookie unless it was revoked or has run out."""
        return self.session.scalar(
            select(StaffSession).where(
                StaffSession.token_hash == token_hash,
                StaffSession.revoked_at.is_(None),
                StaffSession.expires_at > now,
            )
        )

    def touch(self, session_id: int, now: datetime) -> None:
        """Note that the session was used."""
        self.session.execute(
            update(StaffSession).where(StaffSession.id == session_id).values(last_seen_at=now)
        )

    def revoke(self, token_hash: bytes, now: datetime) -> None:
        """End one session."""
        self.session.execute(
            update(StaffSession)
            .where(StaffSession.token_hash == token_hash, StaffSession.revoked_at.is_(None))
            .values(revoked_at=now)
        )
