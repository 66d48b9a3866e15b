"""Connectors ask for access, and every answer is compared with what was promised (INV9, both ways)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.billing.api_key import TRIAL_KEY_AFTERLIFE, ApiKeyKind
from app.models import Subscription
from app.services.checks import CheckAnswer, check_subscription
from app.simulation.access import should_go_on, should_have_access
from app.simulation.customers import SimulatedCustomer
from app.simulation.life import Life
from app.simulation.promised_access import HeldPromises, promises_of
from app.simulation.world import Ending

DAY = timedelta(days=1)
FEWEST, ONE_FOR = 3, 40
"""Checks a day: so many, and one more for so many customers."""


def plan_checks(life: Life) -> None:
    """Plan the checks of the next 24 hours, and this again."""
    dice = life.world.dice.of("checks", life.now.date())
    for _ in range(FEWEST + len(life.people) // ONE_FOR):
        life.world.agenda.after(dice.span(timedelta(0), DAY), lambda: check_somebody(life))
    life.world.agenda.after(DAY, lambda: plan_checks(life))


def check_somebody(life: Life) -> None:
    """One of the customers uses one of their connectors in Make."""
    equipped = [customer for customer in life.people if customer.keys]
    if not equipped:
        return
    customer = life.world.dice.of("who checks", life.now).pick(equipped)
    rows = life.look(customer).subscriptions
    if rows:
        check(life, customer, rows, customer.dice.pick(rows))


def check(
    life: Life,
    customer: SimulatedCustomer,
    rows: Sequence[Subscription],
    row: Subscription,
    operation: str | None = None,
) -> None:
    """Use a subscription's connector in its Make account, and see that the answer is as promised.

    `operation` is the connector's own id of what it is about to do: said again, it is the same.
    """
    kind = ApiKeyKind.PRODUCTION if ApiKeyKind.PRODUCTION in customer.keys else ApiKeyKind.TRIAL
    slug, account = row.connector.slug, row.make_account or customer.account()
    expected = _expected(life, customer, rows, slug, account, kind)
    answers: list[CheckAnswer] = []
    ending = life.world.ask(
        "check",
        lambda: answers.append(
            check_subscription(
                life.world.product.checking,
                key=customer.keys[kind],
                connector=slug,
                account=account,
                now=life.now,
                operation_id=operation,
            )
        ),
    )
    if row.metered:
        _count(customer, row, operation, ending, answers)
    if answers:
        decision = answers[0].decision
        life.world.journal.checks[decision.code] += 1
        if expected not in (None, decision.allowed):
            told = "must be let in" if expected else "must not be let in"
            life.world.violated("INV9", f"customer {customer.index} {told} to {slug}: {decision.code}")


def _expected(
    life: Life,
    customer: SimulatedCustomer,
    rows: Sequence[Subscription],
    slug: str,
    account: str,
    kind: ApiKeyKind,
) -> bool | None:
    """Whether access was promised; None where the promise leaves it open."""
    with life.world.transactions.reading() as repositories:
        held = promises_of(repositories, customer.id)
    promised = {row.id: _promised(held, customer, row, life.now) for row in rows}
    if any(row.connector.slug == slug and promised[row.id] is None for row in rows):
        return None
    granting = [row for row in rows if promised[row.id]]
    if kind is ApiKeyKind.TRIAL and not _trial_key_works(held, granting, life.now):
        return False
    return any(row.connector.slug == slug and row.make_account in (account, None) for row in granting)


def _promised(
    held: HeldPromises, customer: SimulatedCustomer, row: Subscription, now: datetime
) -> bool | None:
    wish = customer.wish(row.id)
    if row.metered:
        return should_go_on(held.unpaid_usage(row.id), wish, row.period_end, now)
    return should_have_access(held.of(row.id, row.trial_ends_at), wish, now)


def _count(
    customer: SimulatedCustomer,
    row: Subscription,
    operation: str | None,
    ending: Ending,
    answers: list[CheckAnswer],
) -> None:
    """Keep one's own count of operations that were allowed, each named one once."""
    if operation is not None and operation in customer.operations:
        return
    if ending is Ending.DEAD:
        customer.perhaps_used[row.id] += 1
    elif answers and answers[0].decision.allowed:
        customer.used[row.id] += 1
        if operation is not None:
            customer.operations.add(operation)


def _trial_key_works(held: HeldPromises, granting: Sequence[Subscription], now: datetime) -> bool:
    """In the trial, and afterwards for who bought in it, until 14 days after a production key (C4)."""
    ends_at = held.trial_ends_at
    if ends_at is None or now < ends_at:
        return ends_at is not None
    bought = [held.bought_at(row.id) or (row.first_paid_at if row.metered else None) for row in granting]
    if not any(instant is not None and instant < ends_at for instant in bought):
        return False
    shown_at = held.production_key_shown_at
    return shown_at is None or now < shown_at + TRIAL_KEY_AFTERLIFE
