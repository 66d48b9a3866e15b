"""Pay-as-you-go in a story: started by customers with a card, used, and counted by themselves as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from app.models import Subscription, UsageMonth
from app.services.metered_subscriptions import start_metered
from app.simulation.checking import check
from app.simulation.customers import SimulatedCustomer
from app.simulation.life import Life
from app.simulation.shop import METERED

UNTIL_NEXT_USE = (timedelta(hours=8), timedelta(days=24))


def start(life: Life, customer: SimulatedCustomer) -> None:
    """Open a connector that is paid per operation."""
    (slug,) = METERED
    account = customer.account() if customer.dice.chance(0.5) else None
    started: list[int] = []
    life.ask(
        customer,
        "start pay-as-you-go",
        lambda: started.append(
            start_metered(
                life.world.transactions,
                customer_id=customer.id,
                slug=slug,
                make_account=account,
                now=life.now,
            )
        ),
    )
    if started:
        wish = customer.wish(started[0])
        wish.metered_since, wish.leaving_since, wish.closed_since = life.now, None, None
        _plan_use(life, customer, started[0])


def compare_usage(life: Life) -> None:
    """Every allowed operation is counted once: no more and no fewer than the connectors were allowed."""
    with life.world.transactions.reading() as repositories:
        rows = repositories.session.execute(
            select(UsageMonth.subscription_id, func.sum(UsageMonth.operations)).group_by(
                UsageMonth.subscription_id
            )
        )
        counted: dict[int, int] = {row[0]: int(row[1]) for row in rows}
    for customer in life.people:
        for subscription_id in sorted(customer.used | customer.perhaps_used):
            used, count = customer.used[subscription_id], counted.get(subscription_id, 0)
            if not used <= count <= used + customer.perhaps_used[subscription_id]:
                life.world.violated("usage", f"customer {customer.index} used {used}, counted {count}")


def _plan_use(life: Life, customer: SimulatedCustomer, subscription_id: int) -> None:
    life.world.agenda.after(
        customer.dice.span(*UNTIL_NEXT_USE), lambda: _use(life, customer, subscription_id)
    )


def _use(life: Life, customer: SimulatedCustomer, subscription_id: int) -> None:
    """A connector works for a while; now and then it repeats an operation that it had no answer to."""
    for number in range(customer.dice.whole(1, 3)):
        rows: Sequence[Subscription] = life.look(customer).subscriptions
        row = next(row for row in rows if row.id == subscription_id)
        if not customer.keys:
            break
        operation = f"{customer.index}-{life.now:%Y%m%d%H%M%S}-{number}"
        check(life, customer, rows, row, operation)
        if customer.dice.chance(0.2):
            check(life, customer, rows, row, operation)
    wish = customer.wish(subscription_id)
    if wish.leaving_since is None and wish.closed_since is None:
        _plan_use(life, customer, subscription_id)
