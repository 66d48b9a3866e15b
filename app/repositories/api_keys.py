"""API keys and how much they are used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from app.billing.api_key import LIVE_KEYS, ApiKeyKind
from app.billing.errors import NotFound
from app.models import ApiKey, CheckUsage
from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """How many checks a key was allowed and denied."""

    allowed: int = 0
    denied: int = 0


class ApiKeyRepository(Repository[ApiKey]):
    """Keys of customers. What its owner has deleted is found by `get` alone."""

    model = ApiKey

    def of_customer(self, customer_id: int) -> Sequence[ApiKey]:
        """A customer's keys with their successors, newest first."""
        return self.session.scalars(
            select(ApiKey)
            .where(ApiKey.customer_id == customer_id, ApiKey.deleted_at.is_(None))
            .options(joinedload(ApiKey.replaced_by))
            .order_by(ApiKey.id.desc())
        ).all()

    def one_of_customer(self, customer_id: int, api_key_id: int, *, lock: bool = False) -> ApiKey:
        """This key if it is the customer's and not deleted, else NotFound."""
        query = select(ApiKey).where(
            ApiKey.id == api_key_id, ApiKey.customer_id == customer_id, ApiKey.deleted_at.is_(None)
        )
        row = self.session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise NotFound("api key")
        return row

    def predecessor(self, customer_id: int, api_key_id: int) -> ApiKey | None:
        """The key that this one of the customer replaces, unless it was deleted."""
        return self.session.scalar(
            select(ApiKey).where(
                ApiKey.customer_id == customer_id,
                ApiKey.replaced_by_id == api_key_id,
                ApiKey.deleted_at.is_(None),
            )
        )

    def locked_with_predecessor(self, customer_id: int, api_key_id: int) -> tuple[ApiKey, ApiKey | None]:
        """This key of the customer and the one that it replaces, if any; raises NotFound.

        A predecessor has the smaller id, and both are locked in this order, as the sweep does it.
        """
        found = self.session.scalars(
            select(ApiKey)
            .where(
                ApiKey.customer_id == customer_id,
                or_(ApiKey.id == api_key_id, ApiKey.replaced_by_id == api_key_id),
            )
            .order_by(ApiKey.id)
            .with_for_update()
        ).all()
        key = next((row for row in found if row.id == api_key_id and row.deleted_at is None), None)
        if key is None:
            raise NotFound("api key")
        return key, next((row for row in found if row.replaced_by_id == api_key_id), None)

    def has_kind(self, customer_id: int, kind: ApiKeyKind) -> bool:
        """Whether the customer was ever given a key of this kind."""
        query = select(ApiKey.id).where(ApiKey.customer_id == customer_id, ApiKey.kind == kind).limit(1)
        return self.session.scalar(query) is not None

    def live_count(self, customer_id: int) -> int:
        """How many live keys the customer has; one that is being replaced counts with its successor."""
        query = select(func.count()).where(
            ApiKey.customer_id == customer_id,
            ApiKey.status.in_(LIVE_KEYS),
            ApiKey.replaced_by_id.is_(None),
        )
        return self.session.scalar(query) or 0

    def production_key_shown_at(self, customer_id: int) -> datetime | None:
        """When the customer was first shown a production key."""
        return self.session.scalar(
            select(func.min(ApiKey.claimed_at)).where(
                ApiKey.customer_id == customer_id, ApiKey.kind == ApiKeyKind.PRODUCTION
            )
        )

    def usage(self, api_key_ids: Collection[int], last_day: date, days: int) -> Mapping[int, KeyUsage]:
        """The checks of these keys in the `days` days up to the last one; a key without checks is left out.

        The days are listed because the statistics are stored by day first: each pair of a day and a key
        is one step in the index, whatever everybody else has checked.
        """
        rows = self.session.execute(
            select(CheckUsage.api_key_id, func.sum(CheckUsage.allowed), func.sum(CheckUsage.denied))
            .where(
                CheckUsage.day.in_([last_day - timedelta(days=back) for back in range(days)]),
                CheckUsage.api_key_id.in_(api_key_ids),
            )
            .group_by(CheckUsage.api_key_id)
        )
        return {api_key_id: KeyUsage(int(allowed), int(denied)) for api_key_id, allowed, denied in rows}

    def past_their_end(self, now: datetime) -> Sequence[int]:
        """Ids of usable keys whose end may have come; the rules decide which of them are really over."""
        successor = aliased(ApiKey)
        live = select(ApiKey.id).where(ApiKey.status.in_(LIVE_KEYS))
        expiring = live.where(ApiKey.expires_at <= now)
        replaced = live.join(successor, successor.id == ApiKey.replaced_by_id).where(
            ApiKey.replaced_by_id.is_not(None), successor.claimed_at + ApiKey.rotation_overlap <= now
        )
        past = union(expiring, replaced).subquery()
        return self.session.scalars(select(past.c.id).order_by(past.c.id)).all()
