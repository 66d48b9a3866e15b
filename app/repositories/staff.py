"""Sessions of staff, and what they are asked to look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, select, update

from app.models import StaffSession, StaffTask
from app.repositories.base import Repository, one_of


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


class StaffTaskRepository(Repository[StaffTask]):
    """Tasks for people."""

    model = StaffTask

    def was_asked(self, kinds: Collection[str], object_kind: str, identity: object) -> bool:
        """Whether people were ever asked one of these things about the object."""
        asked = exists().where(
            one_of(StaffTask.kind, kinds),
            StaffTask.object_kind == object_kind,
            StaffTask.object_id == str(identity),
        )
        return bool(self.session.scalar(select(asked)))

    def close(self, kind: str, object_kind: str, identity: object, now: datetime) -> None:
        """Tick off the open task of this kind about the object, if there is one."""
        self.session.execute(
            update(StaffTask)
            .where(
                StaffTask.kind == kind,
                StaffTask.object_kind == object_kind,
                StaffTask.object_id == str(identity),
                StaffTask.done_at.is_(None),
            )
            .values(done_at=now)
        )

    def close_all(self, kind: str, objects: Collection[tuple[str, int]], now: datetime) -> None:
        """Tick off the open tasks of this kind about these objects, each a kind and an id."""
        by_kind: dict[str, list[str]] = defaultdict(list)
        for object_kind, identity in objects:
            by_kind[object_kind].append(str(identity))
        for object_kind, identities in by_kind.items():
            self.session.execute(
                update(StaffTask)
                .where(
                    StaffTask.kind == kind,
                    StaffTask.object_kind == object_kind,
                    one_of(StaffTask.object_id, identities),
                    StaffTask.done_at.is_(None),
                )
                .values(done_at=now)
            )
