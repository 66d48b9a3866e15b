"""The product's background in a story: relay, workers, janitor and sweep, now and then on two machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from functools import partial

from app.billing.periods import SELLER_ZONE, local_date
from app.rates.made_up import MadeUpRates
from app.services.charging import janitor
from app.services.exchange_rates import fetch_rates
from app.services.outbox import Handler, deliver, relay
from app.services.reconciliation import reconcile
from app.services.refund_sending import look_at_refunds
from app.services.sweep import sweep
from app.simulation.dice import Dice
from app.simulation.faults import Fault
from app.simulation.world import Ending, World

SWEEPS = {time(0, 2): 1.0, time(15, 0): 0.5}
"""When the scheduler sweeps, in the seller's zone, give or take some minutes, and on what share of days. The
product does so each minute; nothing of what it promises depends on that."""
SOME_MINUTES = timedelta(minutes=16)
SOON = timedelta(minutes=12)
AFTER_DOUBT = timedelta(seconds=90)
A_DAY = timedelta(days=1)


class Background:
    """Everything that happens without a customer. `handlers` do promised work."""

    def __init__(self, world: World, handlers: Mapping[str, Handler], dice: Dice) -> None:
        self._world, self._handlers, self._dice = world, handlers, dice
        self._off_until = world.now
        self._work_planned = self._look_planned = False
        world.after_death = self.go_on_soon
        world.kills.meanwhile = self.tick

    def plan_days(self) -> None:
        """Plan the sweeps of today, and this again for tomorrow."""
        self._suffer_downtime()
        today = local_date(self._world.now)
        for hour, share in SWEEPS.items():
            delay = self._dice.span(timedelta(0), SOME_MINUTES)
            instant = datetime.combine(today, hour, SELLER_ZONE) + delay
            if self._dice.chance(share) and instant >= self._world.now:
                self._world.agenda.at(instant, self.tick)
        tomorrow = datetime.combine(today + A_DAY, time(0, 0, 1), SELLER_ZONE)
        self._world.agenda.at(tomorrow, self.plan_days)

    def go_on_soon(self) -> None:
        """Let workers and the janitor look after what a dead process left."""
        self.work_soon()
        self.look_soon()

    def work_soon(self) -> None:
        """Let relay and workers run in a moment, however often this is called until then."""
        if not self._work_planned:
            self._work_planned = True
            self._world.agenda.after(SOON, self._planned_work)

    def look_soon(self) -> None:
        """Let the janitor ask about what is in doubt, when it is old enough."""
        if not self._look_planned:
            self._look_planned = True
            self._world.agenda.after(AFTER_DOUBT, self._planned_look)

    def tick(self) -> None:
        """One turn of the scheduler; sometimes another one takes the same turn."""
        if self._is_off():
            return
        self.look()
        self._world.run("rates", self._fetch_rates)
        turns = 2 if self._world.faults.strikes(Fault.SECOND_SCHEDULER, self._dice) else 1
        for _ in range(turns):
            self._world.run("sweep", self._sweep)
        self.work()

    def _fetch_rates(self) -> None:
        fetch_rates(self._world.transactions, MadeUpRates(), now=self._world.now)

    def look(self) -> None:
        """The turns of the janitor, of refunds that are on their way, and of the provider's own list."""
        world = self._world
        world.run("janitor", lambda: janitor(world.product.charging, now=world.now, real_now=world.now))
        for name, turn in (("refunds", look_at_refunds), ("reconciliation", reconcile)):
            looks: Callable[[], object] = partial(
                turn, world.transactions, world.product.providers, now=world.now, real_now=world.now
            )
            world.run(name, looks)

    def work(self) -> None:
        """Hand over what is promised and do it; what that promises in turn is done in a moment."""
        if self._world.run("relay", self._relay) is Ending.DONE and self._work_off():
            self.work_soon()

    def _work_off(self) -> int:
        """Do what is in the queue; how much that was."""
        world, count = self._world, 0
        if world.faults.strikes(Fault.REDIS_LOST, self._dice):
            world.queue.forget()
            self.work_soon()
        while (message_id := world.queue.take()) is not None:
            count += 1
            self._deliver(message_id)
            if world.faults.strikes(Fault.JOB_DOUBLED, self._dice):
                self._deliver(message_id)
        return count

    def _deliver(self, message_id: int) -> None:
        world = self._world
        deliver_it: Callable[[], object] = lambda: deliver(  # noqa: E731 - one call, named for its type
            world.transactions, self._handlers, message_id=message_id, wall_clock=world.clock
        )
        world.run("worker", deliver_it)

    def _relay(self) -> None:
        away = self._world.faults.strikes(Fault.REDIS_AWAY, self._dice)
        self._world.queue.reachable = not away
        if away:
            self.work_soon()
        relay(self._world.transactions, self._world.queue, real_now=self._world.now)

    def _sweep(self) -> None:
        report = sweep(self._world.product.billing_run())
        if report.parked:
            self._world.violated("parked", f"the sweep parked {report.parked}")

    def _planned_work(self) -> None:
        self._work_planned = False
        if not self._is_off():
            self.work()

    def _planned_look(self) -> None:
        self._look_planned = False
        if not self._is_off():
            self.look()
            self.work()

    def _is_off(self) -> bool:
        return self._world.now < self._off_until

    def _suffer_downtime(self) -> None:
        """Nobody schedules for days, or the machine sleeps and wakes up days later."""
        faults, dice = self._world.faults, self._dice
        days = dice.weighted({1: 6, 2: 3, 4: 2, 9: 1, 20: 0.3, 40: 0.2})
        if faults.strikes(Fault.SCHEDULER_OFF, dice):
            self._off_until = max(self._off_until, self._world.now + days * A_DAY)
            self._world.agenda.at(self._off_until, self.tick)
        if faults.strikes(Fault.CLOCK_JUMP, dice):
            self._world.clock.move_on(min(days, 9) * A_DAY)
        if faults.strikes(Fault.PROVIDER_AWAY, dice):
            self._world.gateway.go_away(dice.span(timedelta(minutes=10), timedelta(hours=32)))

    def wake_up(self) -> None:
        """The scheduler runs again."""
        self._off_until = self._world.now
