"""The outbox as the relay and the workers see it. All instants are real time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from app.models import OutboxMessage, OutboxStatus
from app.repositories.base import Repository, one_of


class OutboxRepository(Repository[OutboxMessage]):
    """Promised mails and jobs."""

    model = OutboxMessage

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """The oldest messages that may be handed to a worker, locked; others' rows are skipped."""
        return self.session.scalars(
            select(OutboxMessage)
            .where(
                OutboxMessage.status.in_((OutboxStatus.WAITING, OutboxStatus.RELAYED)),
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

    def take(self, message_id: int, now: datetime) -> OutboxMessage | None:
        """The unfinished message, locked; None when it is finished or another worker is busy with it."""
        return self.session.scalar(
            select(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.status.in_((OutboxStatus.WAITING, OutboxStatus.RELAYED)),
                or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now),
            )
            .with_for_update(skip_locked=True)
        )

    def is_promised(self, dedupe_key: str) -> bool:
        """Whether this promise was made and is still to be kept."""
        query = select(OutboxMessage.id).where(
            OutboxMessage.dedupe_key == dedupe_key,
            OutboxMessage.status.in_((OutboxStatus.WAITING, OutboxStatus.RELAYED)),
        )
        return self.session.scalar(query) is not None
