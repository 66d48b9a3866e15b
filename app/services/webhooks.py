"""Webhooks: stored once in the inbox, applied by a worker through the same settlement (design §2.6)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict
from app.billing.payment import GatewayEvent, OutcomeKind
from app.models import WebhookState
from app.services.charging import Charging, refresh_attempt
from app.services.fault_points import AFTER_LOOK_BEFORE_PROCESSED, fault_point
from app.services.unit_of_work import Transactions


class ProviderSilent(Conflict):
    """The provider gave no answer about the attempt."""

    code = "PROVIDER_UNAVAILABLE"


def receive_webhook(
    transactions: Transactions, *, provider: str, event: GatewayEvent, real_now: datetime
) -> None:
    """Store a verified event and promise its processing; a repeated event changes nothing."""
    with transactions.begin(Actor.system(f"webhook:{provider}")) as work:
        stored = work.webhook_events.store(provider, event, real_now)
        if stored is not None:
            work.promise_job("payment.webhook", webhook_event_id=stored)


def process_webhook(charging: Charging, *, webhook_event_id: int, now: datetime, real_now: datetime) -> None:
    """Fetch the present object that the event speaks of and settle it; the event itself proves nothing.

    Raises ProviderSilent when the provider can't be asked now: the event waits for another try.
    """
    with charging.transactions.reading() as repositories:
        event = repositories.webhook_events.get(webhook_event_id)
        if event.state is not WebhookState.RECEIVED:
            return
        known = event.attempt_id is not None and repositories.attempts.exists(event.attempt_id)
        attempt_id = event.attempt_id
    if known and attempt_id is not None:
        outcome = refresh_attempt(charging, attempt_id=attempt_id, now=now)
        if outcome is OutcomeKind.UNKNOWN:
            raise ProviderSilent(f"webhook event {webhook_event_id}")
        fault_point(AFTER_LOOK_BEFORE_PROCESSED)
    with charging.transactions.begin(Actor.system("payment.webhook")) as work:
        event = work.webhook_events.get(webhook_event_id, lock=True)
        event.state = WebhookState.PROCESSED if known else WebhookState.IGNORED
        event.processed_at = real_now
