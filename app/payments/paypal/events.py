"""What an event of PayPal speaks of. It is a hint to look, never proof of money."""

from __future__ import annotations

from uuid import UUID

from app.billing.payment import EventSubject, GatewayEvent
from app.payments.paypal import reading
from app.payments.paypal.reading import SEAL, Document

SUBJECTS = (
    ("CHECKOUT.ORDER.", EventSubject.PAYMENT),
    ("CHECKOUT.PAYMENT-APPROVAL.", EventSubject.PAYMENT),
    ("PAYMENT.CAPTURE.REFUNDED", EventSubject.REFUND),
    ("PAYMENT.CAPTURE.REVERSED", EventSubject.REFUND),
    ("PAYMENT.CAPTURE.", EventSubject.PAYMENT),
    ("PAYMENT.REFUND.", EventSubject.REFUND),
    ("CUSTOMER.DISPUTE.", EventSubject.DISPUTE),
    ("VAULT.PAYMENT-TOKEN.", EventSubject.METHOD),
)
"""The beginning of an event's type and its subject; the first that fits counts."""
ORDER_EVENTS = ("CHECKOUT.ORDER.", "CHECKOUT.PAYMENT-APPROVAL.")


def subject_of(kind: str) -> EventSubject:
    """What events of this type speak of."""
    for beginning, subject in SUBJECTS:
        if kind.startswith(beginning):
            return subject
    return EventSubject.OTHER


def read_document(event: Document) -> GatewayEvent | None:
    """The event; None for a document that is none."""
    event_id, kind = reading.text_of(event, "id"), reading.text_of(event, "event_type")
    if event_id is None or kind is None:
        return None
    subject = subject_of(kind)
    return GatewayEvent(
        event_id=event_id,
        kind=kind,
        attempt_id=attempt_of(event) if subject is EventSubject.PAYMENT else None,
        subject=subject,
        object_reference=_object(event, subject),
    )


def attempt_of(event: Document) -> str | None:
    """The attempt whose order or capture the event is about; None when it is none of ours."""
    resource = reading.section(event, "resource")
    mark = reading.text_of(resource, "custom_id") or reading.custom_id(resource) or ""
    return our_uuid(mark.partition(SEAL)[0])


def order_of(event: Document) -> str | None:
    """The order that the event is about."""
    resource = reading.section(event, "resource")
    if str(event.get("event_type")).startswith(ORDER_EVENTS):
        return reading.text_of(resource, "id") or reading.text_of(resource, "order_id")
    return reading.text_of(reading.section(resource, "supplementary_data", "related_ids"), "order_id")


def our_uuid(text: str) -> str | None:
    """The text when it has the form of our ids: others may use the account for their own business."""
    try:
        return text if str(UUID(text)) == text.lower() else None
    except ValueError:
        return None


def _object(event: Document, subject: EventSubject) -> str | None:
    resource = reading.section(event, "resource")
    if subject is EventSubject.DISPUTE:
        return reading.text_of(resource, "dispute_id") or reading.text_of(resource, "id")
    if subject in {EventSubject.REFUND, EventSubject.METHOD}:
        return reading.text_of(resource, "id")
    return None
