"""Long work: what somebody waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from app.billing.actors import Actor, ActorKind
from app.billing.errors import NotFound
from app.billing.long_work import UNFINISHED, WorkState
from app.models import LongWork
from app.repositories.base import Repository


class LongWorkRepository(Repository[LongWork]):
    """Archives and exports."""

    model = LongWork

    def one_of_customer(self, customer_id: int, work_id: int) -> LongWork:
        """This work if it is the customer's, else NotFound."""
        found = self.session.scalar(
            select(LongWork).where(LongWork.id == work_id, LongWork.customer_id == customer_id)
        )
        if found is None:
            raise NotFound("long_work")
        return found

    def of_customer(self, customer_id: int, limit: int) -> Sequence[LongWork]:
        """What a customer asked for lately, newest first."""
        return self.session.scalars(
            select(LongWork)
            .where(LongWork.customer_id == customer_id)
            .order_by(LongWork.id.desc())
            .limit(limit)
        ).all()

    def unfinished(self, actor: Actor) -> Sequence[LongWork]:
        """What this owner waits for."""
        return self.session.scalars(
            select(LongWork).where(_owned(actor), LongWork.state.in_(UNFINISHED)).order_by(LongWork.id)
        ).all()

    def same(self, actor: Actor, kind: str, parameters: Mapping[str, Any]) -> LongWork | None:
        """What this owner waits for already, asked for in the same words."""
        return next(
            (row for row in self.unfinished(actor) if row.kind == kind and row.parameters == parameters), None
        )

    def past_their_end(self, real_now: datetime, limit: int) -> Sequence[int]:
        """Ids of work whose time is over, oldest first."""
        return self.session.scalars(
            select(LongWork.id)
            .where(LongWork.state != WorkState.EXPIRED, LongWork.expires_at <= real_now)
            .order_by(LongWork.expires_at)
            .limit(limit)
        ).all()


def _owned(actor: Actor) -> ColumnElement[bool]:
    if actor.kind is ActorKind.CUSTOMER:
        return LongWork.customer_id == int(actor.identity)
    return LongWork.staff == actor.identity
