"""Reconciliation: what providers have told and no webhook has brought is found within the hour (H1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from app.billing.actors import Actor
from app.billing.ports import PaymentProvider
from app.services.unit_of_work import Transactions
from app.services.webhooks import store_event

OVERLAP = timedelta(hours=1)
"""Events are asked for from so long before what is known: clocks differ, and lists lag behind."""
FIRST_LOOK = timedelta(days=1)
"""How far back a provider is asked the first time."""
LATE_AFTER = timedelta(hours=6)
"""A provider whose events were not read for so long is a task for staff."""
log = structlog.get_logger()


def reconcile(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    *,
    now: datetime,
    real_now: datetime,
) -> int:
    """Ask every provider for its events since the last answer, and store those that are missing.

    They go through the inbox as webhooks do, so one that comes both ways has one effect. How far a provider
    was read is remembered with what was found. One that gives no answer is asked for the same time again,
    and holds up no other. Answers how many events were missing.
    """
    return sum(_reconcile(transactions, each, now, real_now) for each in providers.values())


def _reconcile(
    transactions: Transactions, provider: PaymentProvider, now: datetime, real_now: datetime
) -> int:
    with transactions.reading() as repositories:
        seen_until = repositories.provider_cursors.seen_until(provider.name) or real_now - FIRST_LOOK
    events = provider.events_since(seen_until - OVERLAP)
    with transactions.begin(Actor.system("reconcile")) as work:
        if events is None:
            log.warning("provider_silent", provider=provider.name, read_until=seen_until.isoformat())
            work.provider_cursors.move(provider.name, seen_until, real_now, 0)
            if real_now - seen_until > LATE_AFTER:
                work.ask_staff("reconciliation_late", "provider", provider.name, None, now)
            return 0
        missing = sum(store_event(work, provider.name, event, real_now) for event in events)
        work.provider_cursors.move(provider.name, real_now, real_now, missing)
    if missing:
        log.info("events_found", provider=provider.name, missing=missing)
    return missing
