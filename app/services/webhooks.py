"""Webhooks: stored once in the inbox, applied by a worker through the same use cases (design §2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.billing.actors import Actor
from app.billing.errors import Conflict
from app.billing.payment import EventSubject, GatewayEvent, OutcomeKind
from app.billing.ports import PaymentProvider
from app.models import WebhookEvent, WebhookState
from app.services.charging import Charging, refresh_attempt
from app.services.disputes import look_at_dispute
from app.services.fault_points import AFTER_LOOK_BEFORE_PROCESSED, fault_point
from app.services.late_methods import keep_late_method
from app.services.method_updates import look_at_method
from app.services.provider_answers import Found
from app.services.refunds_at_providers import look_at_reported_refund
from app.services.unit_of_work import Transactions, UnitOfWork

KNOWN_LATER = timedelta(minutes=30)
"""So long an event waits for what it speaks of to become known: its payment may be told after its dispute."""
log = structlog.get_logger()
ALERTS = {EventSubject.REFUND: "unknown_refund_event", EventSubject.DISPUTE: "unknown_dispute_event"}
"""What staff are asked to look at when money goes back that we know nothing of."""


class ProviderSilent(Conflict):
    """The provider gave no answer about what the event speaks of."""

    code = "PROVIDER_UNAVAILABLE"


class NotKnownYet(Conflict):
    """The event speaks of money that we do not know; a moment later we may."""

    code = "NOT_KNOWN_YET"


def receive_webhook(
    transactions: Transactions, *, provider: str, event: GatewayEvent, real_now: datetime
) -> None:
    """Store a verified event and promise its processing; a repeated event changes nothing."""
    with transactions.begin(Actor.system(f"webhook:{provider}")) as work:
        store_event(work, provider, event, real_now)


def store_event(work: UnitOfWork, provider: str, event: GatewayEvent, real_now: datetime) -> bool:
    """Store an event and promise its processing; False when it is known already."""
    stored = work.webhook_events.store(provider, event, real_now)
    if stored is None:
        return False
    work.promise_job("payment.webhook", webhook_event_id=stored)
    return True


def process_webhook(
    charging: Charging,
    providers: Mapping[str, PaymentProvider],
    *,
    webhook_event_id: int,
    now: datetime,
    real_now: datetime,
) -> None:
    """Fetch the present object that the event speaks of and apply it; the event itself proves nothing, so
    that events in any order and any number end the same.

    Raises ProviderSilent when the provider can't be asked now, NotKnownYet while what the event speaks of
    may still become known: the event waits for another try. What is never known is ignored; staff are asked
    about money that goes back.
    """
    with charging.transactions.reading() as repositories:
        event = repositories.webhook_events.get(webhook_event_id)
    if event.state is not WebhookState.RECEIVED:
        return
    found = _look(charging, providers, event, now, real_now)
    alert = ALERTS.get(event.subject) if found is Found.NOTHING else None
    if found is Found.SILENCE:
        raise ProviderSilent(f"webhook event {webhook_event_id}")
    if alert is not None and real_now - event.received_at < KNOWN_LATER:
        raise NotKnownYet(f"webhook event {webhook_event_id}")
    fault_point(AFTER_LOOK_BEFORE_PROCESSED)
    with charging.transactions.begin(Actor.system("payment.webhook")) as work:
        event = work.webhook_events.get(webhook_event_id, lock=True)
        if event.state is not WebhookState.RECEIVED:
            return
        event.state = WebhookState.PROCESSED if found is Found.OURS else WebhookState.IGNORED
        if found is Found.NOTHING and event.subject is not EventSubject.OTHER:
            log.warning(
                "webhook_of_nothing", provider=event.provider, kind=event.kind, event_id=event.event_id
            )
        event.processed_at = real_now
        if alert is not None:
            work.ask_staff(alert, "webhook_event", webhook_event_id, None, now)


def _look(
    charging: Charging,
    providers: Mapping[str, PaymentProvider],
    event: WebhookEvent,
    now: datetime,
    real_now: datetime,
) -> Found:
    reference = event.object_reference
    match event.subject:
        case EventSubject.PAYMENT:
            return _look_at_payment(charging, event.attempt_id, now)
        case EventSubject.REFUND if reference is not None:
            return look_at_reported_refund(
                charging.transactions,
                providers,
                provider=event.provider,
                reference=reference,
                now=now,
                real_now=real_now,
            )
        case EventSubject.DISPUTE if reference is not None:
            _look_at_payment(charging, event.attempt_id, now)
            return look_at_dispute(
                charging.transactions, providers, provider=event.provider, reference=reference, now=now
            )
        case EventSubject.METHOD if reference is not None:
            return _look_at_method(charging.transactions, providers, event.provider, reference, now, real_now)
        case _:
            return Found.NOTHING


def _look_at_method(
    transactions: Transactions,
    providers: Mapping[str, PaymentProvider],
    provider: str,
    reference: str,
    now: datetime,
    real_now: datetime,
) -> Found:
    """A method that nobody knows may be one that its provider names late."""
    found = look_at_method(transactions, providers, provider=provider, reference=reference, now=now)
    if found is not Found.NOTHING:
        return found
    return keep_late_method(
        transactions, providers, provider=provider, token=reference, now=now, real_now=real_now
    )


def _look_at_payment(charging: Charging, attempt_id: UUID | None, now: datetime) -> Found:
    with charging.transactions.reading() as repositories:
        if attempt_id is None or not repositories.attempts.exists(attempt_id):
            return Found.NOTHING
    silent = refresh_attempt(charging, attempt_id=attempt_id, now=now) is OutcomeKind.UNKNOWN
    return Found.SILENCE if silent else Found.OURS
