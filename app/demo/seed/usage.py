"""A year of check statistics, so that lists and counters look as in real life (D5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.billing.actors import Actor
from app.billing.api_key import ApiKeyKind
from app.billing.periods import local_date
from app.demo.seed.stage import Stage
from app.models import ApiKey, CheckUsage, Connector, MeteredOperation, Subscription, SubscriptionPeriod
from app.services.unit_of_work import Repositories

WEEKEND_SHARE = 4
"""A weekend has a fourth of a working day's checks."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a key asked about a connector from a Make account."""

    api_key_id: int
    connector: str
    make_account: str
    first: date
    last: date


def add_usage(stage: Stage, dice: Random) -> None:
    """Count checks for every key that was shown, on the days on which its connectors were open."""
    with stage.transactions.reading() as repositories:
        stretches = [*_paid(repositories, stage.now), *_tried(repositories, stage.now)]
        counted = list(_counted(repositories))
    rows = [row for stretch in stretches for row in _days(stretch, dice)] + counted
    last_day = {row["api_key_id"]: row["day"] for row in sorted(rows, key=lambda row: row["day"])}
    with stage.transactions.begin(Actor.system("demo")) as work:
        work.session.execute(insert(CheckUsage).on_conflict_do_nothing(), rows)
        used = [
            {"id": api_key_id, "last_used_at": min(stage.now, _noon(stage.now, day))}
            for api_key_id, day in last_day.items()
        ]
        work.session.execute(update(ApiKey), used)


def _paid(repositories: Repositories, now: datetime) -> Iterator[Stretch]:
    query = (
        select(
            ApiKey.id,
            ApiKey.claimed_at,
            ApiKey.deactivated_at,
            Connector.slug,
            Subscription.make_account,
            SubscriptionPeriod.starts_at,
            SubscriptionPeriod.ends_at,
        )
        .join(Subscription, Subscription.customer_id == ApiKey.customer_id)
        .join(Connector, Connector.id == Subscription.connector_id)
        .join(SubscriptionPeriod, SubscriptionPeriod.subscription_id == Subscription.id)
        .where(
            ApiKey.kind == ApiKeyKind.PRODUCTION,
            ApiKey.claimed_at.is_not(None),
            Subscription.make_account.is_not(None),
        )
        .order_by(ApiKey.id, SubscriptionPeriod.id)
    )
    for key_id, shown, off, slug, account, starts, ends in repositories.session.execute(query):
        yield Stretch(
            key_id, slug, account, local_date(max(shown, starts)), local_date(min(ends, off or now, now))
        )


def _tried(repositories: Repositories, now: datetime) -> Iterator[Stretch]:
    query = (
        select(ApiKey.id, ApiKey.claimed_at, ApiKey.expires_at, Connector.slug, Subscription.make_account)
        .join(Subscription, Subscription.customer_id == ApiKey.customer_id)
        .join(Connector, Connector.id == Subscription.connector_id)
        .where(
            ApiKey.kind == ApiKeyKind.TRIAL,
            ApiKey.claimed_at.is_not(None),
            Subscription.trial_ends_at.is_not(None),
            Subscription.make_account.is_not(None),
        )
        .order_by(ApiKey.id, Subscription.id)
    )
    for key_id, shown, ends, slug, account in repositories.session.execute(query):
        yield Stretch(key_id, slug, account, local_date(shown), local_date(min(ends, now)))


def _counted(repositories: Repositories) -> Iterator[dict[str, Any]]:
    """Operations that are paid for were checks as well."""
    query = (
        select(MeteredOperation.api_key_id, Connector.slug, Subscription.make_account, MeteredOperation.at)
        .join(Subscription, Subscription.id == MeteredOperation.subscription_id)
        .join(Connector, Connector.id == Subscription.connector_id)
        .order_by(MeteredOperation.id)
    )
    operations = repositories.session.execute(query)
    days = Counter((key_id, slug, account, local_date(at)) for key_id, slug, account, at in operations)
    for (key_id, slug, account, day), count in days.items():
        yield {
            "day": day,
            "api_key_id": key_id,
            "connector": slug,
            "make_account": account,
            "allowed": count,
            "denied": 0,
        }


def _days(stretch: Stretch, dice: Random) -> Iterator[dict[str, Any]]:
    usual = dice.randint(20, 900)
    day = stretch.first
    while day <= stretch.last:
        busy = usual if day.weekday() < 5 else usual // WEEKEND_SHARE
        yield {
            "day": day,
            "api_key_id": stretch.api_key_id,
            "connector": stretch.connector,
            "make_account": stretch.make_account,
            "allowed": dice.randint(busy // 2, busy + busy // 2),
            "denied": dice.choice((0, 0, 0, 0, 0, 0, 0, 1, 3)),
        }
        day += timedelta(days=1)


def _noon(now: datetime, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=now.tzinfo)
