"""Pages on which methods are added, and the mode in which each provider is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.billing.errors import NotFound
from app.billing.method_setup import OPEN_SETUPS
from app.models import MethodSetup, ProviderMode
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


class ProviderModeRepository(Repository[ProviderMode]):
    """Whether each provider takes real money in this database."""

    model = ProviderMode

    def agree(self, provider: str, *, live: bool, now: datetime) -> bool:
        """Whether the provider is used as ever in this database; the first use decides."""
        values = {"provider": provider, "live": live, "since": now}
        self.session.execute(insert(ProviderMode).values(values).on_conflict_do_nothing())
        return self.session.scalar(select(ProviderMode.live).where(ProviderMode.provider == provider)) is live
