"""Who asks for money or favours and who decides: by name and with a reason (H7, L5)."""

from __future__ import annotations

from app.billing.actors import Actor, ActorKind
from app.billing.api_key import without_keys
from app.billing.errors import InvalidInput, NotFound, NotPermitted

LONGEST_REASON = 500


def signature(actor: Actor) -> str:
    """The actor as stored beside what they asked for or decided: «staff:anna», «customer:5»."""
    return f"{actor.kind}:{actor.identity}"


def stated_reason(text: str) -> str:
    """The reason as it is kept, without API keys. Raises InvalidInput (REASON_REQUIRED) for none, or one of
    more than 500 characters.
    """
    reason = without_keys(text.strip())
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput("a reason of 1 to 500 characters is needed", code="REASON_REQUIRED")
    return reason


def require_staff(actor: Actor) -> None:
    """Raise NotPermitted unless an employee acts: nobody decides about their own money."""
    if actor.kind is not ActorKind.STAFF:
        raise NotPermitted(f"{actor.kind} decides nothing")


def require_own_or_staff(actor: Actor, customer_id: int) -> None:
    """Raise NotFound when a customer asks for what is another's, NotPermitted for a machine."""
    if actor.kind is ActorKind.CUSTOMER and actor != Actor.customer(customer_id):
        raise NotFound("customer")
    if actor.kind not in {ActorKind.CUSTOMER, ActorKind.STAFF}:
        raise NotPermitted(f"{actor.kind} asks for nothing")
