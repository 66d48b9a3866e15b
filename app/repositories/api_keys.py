"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.billing.api_key import ApiKeyKind, ApiKeyStatus
from app.billing.errors import NotFound
from app.models import ApiKey
from app.repositories.base import Repository


class ApiKeyRepository(Repository[ApiKey]):
    """Keys of customers."""

    model = ApiKey

    def of_customer(self, customer_id: int) -> Sequence[ApiKey]:
        """A customer's keys, newest first."""
        return self.session.scalars(
            select(ApiKey).where(ApiKey.customer_id == customer_id).order_by(ApiKey.id.desc())
        ).all()

    def one_of_customer(self, customer_id: int, api_key_id: int, *, lock: bool = False) -> ApiKey:
        """This key if it is the customer's, else NotFound."""
        query = select(ApiKey).where(ApiKey.id == api_key_id, ApiKey.customer_id == customer_id)
        row = self.session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise NotFound("api key")
        return row

    def has_kind(self, customer_id: int, kind: ApiKeyKind) -> bool:
        """Whether the customer was ever given a key of this kind."""
        query = select(ApiKey.id).where(ApiKey.customer_id == customer_id, ApiKey.kind == kind).limit(1)
        return self.session.scalar(query) is not None

    def production_key_shown_at(self, customer_id: int) -> datetime | None:
        """When the customer was first shown a production key."""
        return self.session.scalar(
            select(func.min(ApiKey.claimed_at)).where(
                ApiKey.customer_id == customer_id, ApiKey.kind == ApiKeyKind.PRODUCTION
            )
        )

    def past_their_end(self, now: datetime) -> Sequence[int]:
        """Ids of usable keys whose end has come; the rules decide which of them are really over."""
        return self.session.scalars(
            select(ApiKey.id)
            .where(
                ApiKey.status.in_((ApiKeyStatus.ACTIVE, ApiKeyStatus.UNCLAIMED)),
                ApiKey.expires_at <= now,
            )
            .order_by(ApiKey.id)
        ).all()
