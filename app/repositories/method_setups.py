"""Pages on which methods are added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.billing.errors import NotFound
from app.billing.method_setup import OPEN_SETUPS
from app.models import MethodSetup
from app.repositories.base import Repository


class MethodSetupRepository(Repository[MethodSetup]):
    """Pages on which methods are added."""

    model = MethodSetup

    def of_customer(self, customer_id: int, setup_id: UUID) -> MethodSetup:
        """This page if it is the customer's, else NotFound."""
        row = self.session.get(MethodSetup, setup_id)
        if row is None or row.customer_id != customer_id:
            raise NotFound("method setup")
        return row

    def left_open(self, since: datetime, until: datetime) -> Sequence[MethodSetup]:
        """Pages opened in this stretch of time whose end is still to come, oldest first."""
        return self.session.scalars(
            select(MethodSetup)
            .where(MethodSetup.state.in_(OPEN_SETUPS), MethodSetup.started_at.between(since, until))
            .order_by(MethodSetup.started_at, MethodSetup.id)
        ).all()
