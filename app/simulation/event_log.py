"""What the simulated provider tells of itself: events that webhooks carry, and its own list of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime

from app.billing.payment import EventSubject, GatewayEvent
from app.simulation.timeline import SimulatedClock


class EventLog:
    """Every event, in the order of time. `carry` sends one as a webhook, which may get lost on its way."""

    def __init__(self, clock: SimulatedClock, carry: Callable[[GatewayEvent], None]) -> None:
        self._clock, self._carry = clock, carry
        self._times: list[datetime] = []
        self._events: list[GatewayEvent] = []

    def tell(
        self,
        kind: str,
        attempt_id: str | None,
        subject: EventSubject = EventSubject.PAYMENT,
        reference: str | None = None,
    ) -> None:
        """Enter an event and send it."""
        event = GatewayEvent(f"evt-{len(self._events) + 1}", kind, attempt_id, subject, reference)
        self._times.append(self._clock.now())
        self._events.append(event)
        self._carry(event)

    def since(self, instant: datetime) -> list[GatewayEvent]:
        """Every event from the instant on, oldest first."""
        return self._events[bisect_left(self._times, instant) :]
