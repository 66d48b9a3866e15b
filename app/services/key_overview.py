"""What a customer sees of the keys: until when each works and how much it is used (E3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.billing.api_key import works_until
from app.billing.entitlement import paid_since
from app.billing.periods import local_date
from app.models import ApiKey
from app.repositories.api_keys import KeyUsage
from app.services.unit_of_work import Repositories

USAGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class KeyOverview:
    """A key, the checks of its last 30 days, and its end."""

    key: ApiKey
    usage: KeyUsage
    works_until: datetime | None
    """None while no end is known."""
    expired: bool


def keys_of_customer(repositories: Repositories, customer_id: int, now: datetime) -> Sequence[KeyOverview]:
    """The customer's keys, newest first. The number of queries does not grow with the number of keys."""
    return _overviews(repositories, customer_id, repositories.api_keys.of_customer(customer_id), now)


def key_of_customer(
    repositories: Repositories, customer_id: int, api_key_id: int, now: datetime
) -> KeyOverview:
    """One key; raises NotFound for another customer's or a deleted one."""
    key = repositories.api_keys.one_of_customer(customer_id, api_key_id)
    return _overviews(repositories, customer_id, [key], now)[0]


def end_of_key(repositories: Repositories, key: ApiKey, now: datetime) -> datetime | None:
    """When a key ends, by everything that is stored about its owner; None while no end is known."""
    return _ends(repositories, key.customer_id, now)(key)


def _overviews(
    repositories: Repositories, customer_id: int, keys: Sequence[ApiKey], now: datetime
) -> list[KeyOverview]:
    usage = repositories.api_keys.usage([key.id for key in keys], local_date(now), USAGE_DAYS)
    end_of = _ends(repositories, customer_id, now)

    def overview(key: ApiKey) -> KeyOverview:
        end = end_of(key)
        return KeyOverview(key, usage.get(key.id, KeyUsage()), end, end is not None and now >= end)

    return [overview(key) for key in keys]


def _ends(repositories: Repositories, customer_id: int, now: datetime) -> Callable[[ApiKey], datetime | None]:
    """Answers for each key of the customer when it ends."""
    held = repositories.subscriptions.of_customer(customer_id)
    since = paid_since(tuple(row.facts() for row in held), now)
    shown_at = repositories.api_keys.production_key_shown_at(customer_id)
    return lambda key: works_until(key.facts(shown_at), since)
