"""The provider's webhooks on their way to us: lost, late, twice, out of order."""

from __future__ import annotations

import json
from datetime import timedelta

from app.billing.payment import GatewayEvent
from app.services.webhooks import receive_webhook
from app.simulation.background import Background
from app.simulation.dice import Dice
from app.simulation.faults import Fault
from app.simulation.gateway import SIGNATURE
from app.simulation.world import Ending, World

QUICK = (timedelta(seconds=2), timedelta(seconds=40))
LATE = (timedelta(hours=1), timedelta(hours=40))
AGAIN = timedelta(minutes=11)


class Postman:
    """Carries webhooks. One that we did not answer with 200 is brought again, as providers do."""

    def __init__(self, world: World, background: Background, dice: Dice) -> None:
        self._world, self._background, self._dice = world, background, dice

    def carry(self, event: GatewayEvent) -> None:
        """Bring an event to us, or lose it: then only the provider's own list tells of it."""
        dice, faults = self._dice.of(event.event_id), self._world.faults
        told = {"id": event.event_id, "kind": event.kind, "attempt": event.attempt_id}
        body = json.dumps(told | {"subject": event.subject.value, "reference": event.object_reference})
        if not faults.strikes(Fault.WEBHOOK_LOST, dice):
            late = faults.strikes(Fault.WEBHOOK_LATE, dice)
            self._send(body, dice.span(*(LATE if late else QUICK)))
            if faults.strikes(Fault.WEBHOOK_DOUBLED, dice):
                self._send(body, dice.span(*LATE))

    def _send(self, body: str, delay: timedelta) -> None:
        self._world.agenda.after(delay, lambda: self._deliver(body))

    def _deliver(self, body: str) -> None:
        world = self._world

        def receive() -> None:
            event = world.gateway.read_event(body.encode(), SIGNATURE, world.now)
            receive_webhook(world.transactions, provider=world.gateway.name, event=event, real_now=world.now)

        if world.run("webhook", receive) is Ending.DONE:
            self._background.work_soon()
        else:
            self._send(body, AGAIN)
