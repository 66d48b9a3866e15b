"""The outbox as the relay and the workers see it. All instants are real time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, or_, select, update

from app.models import Base, OutboxMessage, OutboxStatus
from app.repositories.base import Repository, one_of

UNFINISHED = (OutboxStatus.WAITING, OutboxStatus.RELAYED)
TABLE: Table = Base.metadata.tables[OutboxMessage.__tablename__]
"""Workers change one row by one statement: the message is never loaded."""


@dataclass(frozen=True, slots=True)
class LeasedMessage:
    """A message that one worker holds."""

    id: int
    name: str
    payload: Mapping[str, Any]
    customer_id: int | None
    attempts: int


class OutboxRepository(Repository[OutboxMessage]):
    """Promised mails and jobs."""

    model = OutboxMessage

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """The oldest messages that may be handed to a worker, locked; others' rows are skipped."""
        return self.session.scalars(
            select(OutboxMessage)
            .where(
                OutboxMessage.status.in_(UNFINISHED),
                OutboxMessage.available_at <= now,
            )
            .order_by(OutboxMessage.available_at, OutboxMessage.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()

    def locked_all(self, message_ids: Collection[int]) -> Sequence[OutboxMessage]:
        """These messages, locked in the order of their ids."""
        return self.session.scalars(
            select(OutboxMessage)
            .where(one_of(OutboxMessage.id, message_ids))
            .order_by(OutboxMessage.id)
            .with_for_update()
        ).all()

    def lease(self, message_id: int, now: datetime, until: datetime) -> LeasedMessage | None:
        """Take the message until the instant; None when it is finished or another worker is busy with it."""
        free = (
            select(OutboxMessage.id)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.status.in_(UNFINISHED),
                or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
            )
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        row = self.session.execute(
            update(TABLE)
            .where(TABLE.c.id == free)
            .values(leased_until=until)
            .returning(TABLE.c.id, TABLE.c.name, TABLE.c.payload, TABLE.c.customer_id, TABLE.c.attempts)
        ).one_or_none()
        return None if row is None else LeasedMessage(*row)

    def give_back(self, message_id: int, code: str) -> None:
        """End the lease: the message is handed over again."""
        self._change(message_id, leased_until=None, failure_code=code)

    def finish(self, message_id: int, status: OutboxStatus, now: datetime, code: str | None) -> None:
        """Mark the message done or failed."""
        self._change(message_id, status=status, finished_at=now, leased_until=None, failure_code=code)

    def _change(self, message_id: int, **values: object) -> None:
        self.session.execute(update(TABLE).where(TABLE.c.id == message_id).values(values))

    def is_promised(self, dedupe_key: str) -> bool:
        """Whether this promise was made and is still to be kept."""
        query = select(OutboxMessage.id).where(
            OutboxMessage.dedupe_key == dedupe_key,
            OutboxMessage.status.in_(UNFINISHED),
        )
        return self.session.scalar(query) is not None
