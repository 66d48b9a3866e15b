"""Events of Stripe: hints that something changed, never proof of money (design §2.6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from stripe import StripeClient

from app.billing.errors import InvalidInput
from app.billing.payment import EventSubject, GatewayEvent
from app.payments.stripe.client import PAGE, Facts, plain
from app.payments.stripe.reading import ATTEMPT, id_of

SUBJECTS = {
    "payment_intent": EventSubject.PAYMENT,
    "checkout.session": EventSubject.PAYMENT,
    "charge": EventSubject.PAYMENT,
    "refund": EventSubject.REFUND,
    "dispute": EventSubject.DISPUTE,
    "payment_method": EventSubject.METHOD,
    "setup_intent": EventSubject.METHOD,
}
"""By the kind of the object, not of the event: Stripe adds kinds of events all the time."""


def parse_event(body: bytes, *, live: bool) -> GatewayEvent:
    """Read a body that is proved to come from Stripe.

    Raises InvalidInput: MODE_MISMATCH for an event of the other mode (a test event must never touch real
    accounts, fault 23), BAD_EVENT for a body that is none.
    """
    try:
        event = json.loads(body)
        found, mode = read_event(event), bool(event["livemode"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidInput("a signed body that is no event", code="BAD_EVENT") from error
    if mode is not live:
        raise InvalidInput("an event of the other mode", code="MODE_MISMATCH")
    return found


def read_event(event: Facts) -> GatewayEvent:
    """Whose attempt the event speaks of, and about what."""
    subject_object = event["data"]["object"]
    subject = _subject(subject_object)
    return GatewayEvent(
        event_id=event["id"],
        kind=event["type"],
        attempt_id=_attempt(subject_object) if subject is EventSubject.PAYMENT else None,
        subject=subject,
        object_reference=_reference(subject_object) if subject is not EventSubject.OTHER else None,
    )


def events_since(client: StripeClient, instant: datetime, *, live: bool) -> Sequence[GatewayEvent]:
    """Every event from the instant on, oldest first. Raises StripeError."""
    listed = client.v1.events.list({"created": {"gte": int(instant.timestamp())}, "limit": PAGE})
    events = [plain(event) for event in listed.auto_paging_iter()]
    events.reverse()  # Stripe lists the newest first
    events.sort(key=lambda event: event["created"])
    return [read_event(event) for event in events if bool(event["livemode"]) is live]


def _subject(subject_object: Facts) -> EventSubject:
    subject = SUBJECTS.get(subject_object.get("object", ""), EventSubject.OTHER)
    unfinished = subject is EventSubject.METHOD and _reference(subject_object) is None
    if unfinished or subject_object.get("mode") == "setup":
        return EventSubject.OTHER  # a page that only saves a card: the card has an event of its own
    return subject


def _attempt(subject_object: Facts) -> str | None:
    return (subject_object.get("metadata") or {}).get(ATTEMPT) or subject_object.get("client_reference_id")


def _reference(subject_object: Facts) -> str | None:
    if subject_object["object"] == "setup_intent":
        return id_of(subject_object.get("payment_method"))
    return id_of(subject_object)
