"""The rounds of the measurement of renewals."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from app.services.billing_chunks import BillingRun
from app.services.renewals import renew_due
from bench.plans import plans_of
from bench.renewals_gateway import InstantGateway, WatchingGateway
from bench.renewals_plain import renew_in_a_plain_loop
from bench.renewals_rows import RowCounter, per_renewal
from bench.renewals_set_based import renew_set_based
from bench.renewals_shop import Shop

SET_BASED, PRODUCT, PLAIN_LOOP = "set-based SQL, one commit", "renew_due", "plain ORM loop"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    customers: int
    subscriptions: int
    history: int
    due: int
    in_a_loop: int
    flatness: tuple[int, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one renewal cost in a round, in milliseconds. The processor time, of the program and the database,
    hardly moves with what else the machine does.
    """

    passed: float
    processor: float


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen while the product renewed: charges under way at once, and how it found its rows."""

    charges_in_flight: int
    indexes: list[str]
    read_whole: list[str]


@dataclass(slots=True)
class Results:
    """The cost of each round by what was measured and by how much was due, and the rows of one renewal."""

    proof: Proof
    ways: dict[str, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    by_due: dict[int, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, dict[str, float]] = field(default_factory=dict)


def measure(shop: Shop, sizes: Sizes, say: Callable[[str], None]) -> Results:
    """Interleaved rounds, so that whatever else the machine does meets all of them alike."""
    results = Results(prove(shop, sizes.due))
    ways: dict[str, tuple[int, Callable[[], None]]] = {
        SET_BASED: (sizes.due, lambda: renew_set_based(shop.engine, shop.now)),
        PRODUCT: (sizes.due, lambda: renew(shop)),
        PLAIN_LOOP: (
            sizes.in_a_loop,
            lambda: renew_in_a_plain_loop(shop.engine, shop.now, sizes.in_a_loop),
        ),
    }
    for number in range(1, sizes.rounds + 1):
        for name, (count, way) in ways.items():
            counter = RowCounter(shop.engine)
            cost = one_round(shop, count, way)
            results.ways[name].append(cost)
            results.rows[name] = per_renewal(counter.written(), count)
            say(f"  round {number}: {name}: {cost.passed:.3f} ms per renewal")
    assert results.rows[PRODUCT] == results.rows[SET_BASED] == results.rows[PLAIN_LOOP], results.rows
    for number in range(1, sizes.rounds + 1):
        for count in sizes.flatness:
            cost = one_round(shop, count, lambda: renew(shop))
            results.by_due[count].append(cost)
            say(f"  round {number}: {count} due: {cost.passed:.3f} ms per renewal")
    return results


def prove(shop: Shop, count: int) -> Proof:
    """See that every charge is claimed on disk before anybody is asked, and how the rows are found."""
    shop.make_due(count)
    shop.rest()
    gateway = WatchingGateway(shop.engine)
    plans = plans_of(shop.engine, lambda: renew(shop, gateway))
    assert len(gateway.claimed_before) == count, "some were not charged"
    assert all(gateway.claimed_before), "a charge was asked for before its claim was on disk"
    return Proof(
        gateway.most_in_flight,
        sorted(set().union(*(plan.indexes for plan in plans))),
        sorted(set().union(*(plan.read_whole for plan in plans))),
    )


def one_round(shop: Shop, count: int, way: Callable[[], None]) -> Cost:
    """What a renewal cost when so many were due and one way renewed them."""
    shop.make_due(count)
    shop.rest()
    started, processor = time.perf_counter(), shop.processor_seconds()
    way()
    passed, processor = time.perf_counter() - started, shop.processor_seconds() - processor
    with shop.transactions.reading() as repositories:
        assert not repositories.subscriptions.due_for_renewal(shop.now), "something was left over"
    return Cost(1000 * passed / count, 1000 * processor / count)


def renew(shop: Shop, gateway: InstantGateway | None = None) -> None:
    """What the sweep does."""
    gateways = {InstantGateway.name: gateway or InstantGateway()}
    run = BillingRun(shop.transactions, shop.now, shop.now, gateways)
    result = renew_due(run)
    assert not result.parked, f"{len(result.parked)} renewals failed"
