"""The provider's webhooks on their way to us: lost, late, twice, out of order."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count

from app.services.webhooks import receive_webhook
from app.simulation.background import Background
from app.simulation.dice import Dice
from app.simulation.faults import Fault
from app.simulation.gateway import SIGNATURE
from app.simulation.provider_books import Charge
from app.simulation.world import Ending, World

QUICK = (timedelta(seconds=2), timedelta(seconds=40))
LATE = (timedelta(hours=1), timedelta(hours=40))
AGAIN = timedelta(minutes=11)


class Postman:
    """Carries webhooks. One that we did not answer with 200 is brought again, as providers do."""

    def __init__(self, world: World, background: Background, dice: Dice) -> None:
        self._world, self._background, self._dice = world, background, dice
        self._numbers = count(1)

    def notify(self, charge: Charge) -> None:
        """Send the webhook about a charge.

        Money of a page that we were told is closed is announced until we have heard of it: we never ask
        about that page again, so nothing else would tell us.
        """
        number = next(self._numbers)
        dice, faults = self._dice.of(number), self._world.faults
        body = json.dumps({"id": f"evt-{number}", "kind": f"charge.{charge.state}", "attempt": charge.key})
        if charge.was_closed or not faults.strikes(Fault.WEBHOOK_LOST, dice):
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
