"""One story from its first registration to the last comparison of books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from app.billing.payment import GatewayEvent
from app.simulation.background import Background
from app.simulation.bank import Bank
from app.simulation.checking import plan_checks
from app.simulation.customers import arrival, new_customer
from app.simulation.dice import Dice
from app.simulation.digest import digest
from app.simulation.faults import Faults
from app.simulation.finance import plan_finance
from app.simulation.inspection import inspect
from app.simulation.job_queue import ForgetfulQueue
from app.simulation.kills import Kills
from app.simulation.life import Life
from app.simulation.money_back import RefundState
from app.simulation.postman import Postman
from app.simulation.product import SimulatedProduct, simulation_settings
from app.simulation.provider import SimulatedProvider
from app.simulation.reading import read
from app.simulation.report import Report
from app.simulation.shop import open_shop
from app.simulation.signing_up import arrive
from app.simulation.staffing import plan_staff
from app.simulation.timeline import Agenda, SimulatedClock
from app.simulation.visits import visit
from app.simulation.worker import Postbox, handlers
from app.simulation.world import World

MONTH = timedelta(days=30)
CALM, CALMER = timedelta(days=21), timedelta(days=4)
"""The longer a story, the calmer its customers: about as much happens to each of them."""


@dataclass(frozen=True, slots=True)
class Script:
    """What makes a story: everything else follows from these."""

    customers: int
    months: int
    seed: int
    faults: bool = False


def play(script: Script, database_url: str, directory: Path, tell: Callable[[str], None]) -> Report:
    """Play a story on an empty, migrated database and report what it came to; `tell` hears the progress."""
    life = set_the_stage(script, database_url, directory)
    try:
        for month in range(1, script.months + 1):
            life.world.agenda.play_until(life.now + MONTH)
            inspect(life)
            tell(f"month {month} of {script.months}: {_progress(life)}")
        return _report(script, life)
    finally:
        life.world.product.engine.dispose()
        life.world.product.reading_engine.dispose()


def set_the_stage(script: Script, database_url: str, directory: Path) -> Life:
    """The world at its first instant, with everybody's arrival planned."""
    world, listeners = _world(script, database_url, directory)
    readers: list[Life] = []
    postbox = Postbox(lambda mail: read(readers[0], mail))
    work = handlers(world, postbox, world.dice.of("workers"))
    background = Background(world, work, world.dice.of("background"))
    listeners.append(Postman(world, background, world.dice.of("webhooks")).carry)
    bank = Bank(world, world.dice.of("bank"))
    life = Life(world, background, bank, longest_pause=CALM + script.months * CALMER)
    life.visit = lambda customer: visit(life, customer)
    readers.append(life)
    open_shop(world.transactions)
    _plan_arrivals(life, script)
    background.plan_days()
    plan_checks(life)
    plan_staff(life)
    plan_finance(life)
    return life


def _world(
    script: Script, database_url: str, directory: Path
) -> tuple[World, list[Callable[[GatewayEvent], None]]]:
    clock, dice, faults = SimulatedClock(), Dice(script.seed), Faults(active=script.faults)
    agenda, queue = Agenda(clock), ForgetfulQueue()
    listeners: list[Callable[[GatewayEvent], None]] = []

    def carry(event: GatewayEvent) -> None:
        for listener in listeners:
            listener(event)

    gateway = SimulatedProvider(clock, agenda, dice.of("provider"), faults, carry)
    product = SimulatedProduct(
        simulation_settings(database_url, directory),
        simulated_clock=clock,
        gateway=gateway,
        forgetful_queue=queue,
    )
    kills = Kills(clock, dice.of("kills"), faults)
    return World(clock, agenda, dice, faults, kills, gateway, queue, product), listeners


def _plan_arrivals(life: Life, script: Script) -> None:
    length = MONTH * script.months
    for index in range(1, script.customers + 1):
        dice = life.world.dice.of("customer", index)
        customer = new_customer(index, dice)
        life.people.append(customer)
        delay = arrival(index - 1, script.customers, length, dice)
        life.world.agenda.after(delay, partial(arrive, life, customer))


def _progress(life: Life) -> str:
    world = life.world
    charges, violations = len(world.gateway.books.succeeded()), len(world.journal.violations)
    faults, kills = world.faults.suffered.total(), world.kills.suffered.total()
    return f"{charges} charges, {faults} faults, {kills} kills, {violations} violations"


def _report(script: Script, life: Life) -> Report:
    world, charges = life.world, life.world.gateway.books.succeeded()
    taken: Counter[str] = Counter()
    for charge in charges:
        taken[charge.amount.currency] += charge.amount.minor
    return Report(
        seed=script.seed,
        customers=script.customers,
        months=script.months,
        with_faults=script.faults,
        digest=digest(life),
        violations=world.journal.violations,
        charges=len(charges),
        taken=_sorted(taken),
        refunds=sum(each.state is not RefundState.FAILED for each in world.gateway.money_back.refunds),
        disputes=len(world.gateway.money_back.disputes),
        transfers=sum(line.booked for line in life.bank.statement),
        faults=_sorted(world.faults.suffered),
        kills=_sorted(world.kills.suffered),
        deeds=_sorted(world.journal.deeds),
        refusals=_sorted(world.journal.refusals),
        checks=_sorted(world.journal.checks),
        mails=_sorted(world.journal.mails),
    )


def _sorted(counts: Mapping[Any, int]) -> dict[str, int]:
    return {str(name): counts[name] for name in sorted(counts)}
