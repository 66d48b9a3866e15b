"""Facts of subscriptions and keys for tests of the pure rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from app.billing.api_key import ApiKeyKind, ApiKeyStatus, KeyFacts
from app.billing.check import CheckFacts
from app.billing.entitlement import SubscriptionFacts, grants_access
from app.billing.subscription import PAID, SubscriptionStatus

Made = TypeVar("Made")

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
HERE, ELSEWHERE, FORMER = "here", "elsewhere", "former"
CRM, MAIL = "crm-connector", "mail-connector"

LIVE_KEY = KeyFacts(ApiKeyKind.PRODUCTION, ApiKeyStatus.ACTIVE, None, NOW - 30 * DAY)

BLANK = SubscriptionFacts(
    subscription_id=1,
    connector=CRM,
    status=SubscriptionStatus.PENDING,
    make_account=None,
    previous_make_account=None,
    auto_renew=True,
    trial_ends_at=None,
    first_paid_at=None,
    period_end=None,
    first_failed_at=None,
    canceled_at=None,
)


def pending(**changes: object) -> SubscriptionFacts:
    """Ordered and not paid."""
    return replace(BLANK, **changes)  # type: ignore[arg-type]  # any field may be given by name


def trial(**changes: object) -> SubscriptionFacts:
    """A trial with three days to go."""
    return pending(**({"status": SubscriptionStatus.TRIAL, "trial_ends_at": NOW + 3 * DAY} | changes))


def active(**changes: object) -> SubscriptionFacts:
    """Paid, with ten days to go, renewing."""
    paid = {
        "status": SubscriptionStatus.ACTIVE,
        "first_paid_at": NOW - 20 * DAY,
        "period_end": NOW + 10 * DAY,
    }
    return pending(**(paid | changes))


def check_facts(
    *subscriptions: SubscriptionFacts, key: KeyFacts = LIVE_KEY, blocked: bool = False
) -> CheckFacts:
    """What is stored about the holder of a key."""
    numbered = tuple(
        replace(each, subscription_id=number) for number, each in enumerate(subscriptions, start=1)
    )
    return CheckFacts(key, blocked, numbered)


def swept(facts: SubscriptionFacts, now: datetime) -> SubscriptionFacts:
    """The subscription as the sweep leaves it: closed when its time is over."""
    if facts.status is SubscriptionStatus.PENDING or grants_access(facts, now):
        return facts
    return replace(facts, status=SubscriptionStatus.EXPIRED)


OFFSETS = (timedelta(), INSTANT, -INSTANT, 10 * DAY, -10 * DAY, 10 * DAY + INSTANT, -10 * DAY - INSTANT)


def any_subscription(random: Random) -> SubscriptionFacts:
    """Any subscription that the walls of the database let stand."""
    status = random.choice(list(SubscriptionStatus))
    was_trial = status is SubscriptionStatus.TRIAL or random.random() < 0.5
    was_paid = status in PAID or (status is not SubscriptionStatus.TRIAL and random.random() < 0.5)
    was_canceled = status is SubscriptionStatus.CANCELED or (was_paid and random.random() < 0.2)
    return SubscriptionFacts(
        subscription_id=0,
        connector=random.choice((CRM, CRM, MAIL)),
        status=status,
        make_account=random.choice((None, HERE, ELSEWHERE)),
        previous_make_account=random.choice((None, HERE, FORMER)),
        auto_renew=random.random() < 0.5,
        trial_ends_at=_instant(random) if was_trial else None,
        first_paid_at=_instant(random) if was_paid else None,
        period_end=_instant(random) if was_paid else None,
        first_failed_at=_instant(random) if was_paid and random.random() < 0.5 else None,
        canceled_at=_instant(random) if was_canceled else None,
        metered=was_paid and random.random() < 0.2,
    )


def any_holder(random: Random) -> CheckFacts:
    """Anything that may be stored about the holder of a key."""
    held = [any_subscription(random) for _ in range(random.randrange(5))]
    key = KeyFacts(
        kind=random.choice(list(ApiKeyKind)),
        status=random.choice(list(ApiKeyStatus)),
        expires_at=_instant(random) if random.random() < 0.5 else None,
        production_key_shown_at=_instant(random) if random.random() < 0.5 else None,
    )
    return check_facts(*held, key=key, blocked=random.random() < 0.1)


def many(make: Callable[[Random], Made], count: int) -> Iterator[Made]:
    """As many as asked for, the same ones in every run: a seed is far quicker than a strategy here."""
    random = Random(20260302)  # noqa: S311 - tests, not secrets
    return (make(random) for _ in range(count))


def _instant(random: Random) -> datetime:
    if random.random() < 0.5:
        return NOW + random.choice(OFFSETS)
    return NOW + random.randint(-40, 40) * DAY
