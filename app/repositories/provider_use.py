"""How providers are used in this database: their mode, and their names for what we asked them for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.models import ProviderMode, ProviderOrder
from app.repositories.base import Repository


class ProviderModeRepository(Repository[ProviderMode]):
    """Whether each provider takes real money in this database."""

    model = ProviderMode

    def agree(self, provider: str, *, live: bool, now: datetime) -> bool:
        """Whether the provider is used as ever in this database; the first use decides."""
        values = {"provider": provider, "live": live, "since": now}
        self.session.execute(insert(ProviderMode).values(values).on_conflict_do_nothing())
        return self.session.scalar(select(ProviderMode.live).where(ProviderMode.provider == provider)) is live


class ProviderOrderRepository(Repository[ProviderOrder]):
    """What providers call attempts and setups of ours."""

    model = ProviderOrder

    def note(self, provider: str, our_id: UUID, at: datetime) -> None:
        """Write down that the provider will be asked; a second note changes nothing."""
        values = {"provider": provider, "our_id": our_id, "noted_at": at}
        self.session.execute(insert(ProviderOrder).values(values).on_conflict_do_nothing())

    def find(self, provider: str, our_id: UUID) -> ProviderOrder | None:
        """What is noted; None when the provider was never asked."""
        return self.session.get(ProviderOrder, (provider, our_id))
