"""Runs the invariants, and stops the billing of whom a broken one concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from app.billing.actors import Actor
from app.services.invariants.background import BACKGROUND
from app.services.invariants.bank import BANK
from app.services.invariants.corrections import CORRECTIONS
from app.services.invariants.documents import DOCUMENTS
from app.services.invariants.invariant import Invariant
from app.services.invariants.ledger import LEDGER
from app.services.invariants.money import MONEY
from app.services.invariants.numbers import NUMBERS
from app.services.invariants.statuses import STATUSES
from app.services.invariants.subscriptions import SUBSCRIPTIONS
from app.services.invariants.tenants import TENANTS
from app.services.parking import park_billing
from app.services.unit_of_work import Repositories, Transactions

OLDEST_DUE = timedelta(hours=1)
"""What is due for longer means that the relay or the workers stand still."""
MOST_EXAMPLES = 5
MOST_PARKED = 100
"""More customers than this at once mean that the rule is wrong, or everything is: a person looks first."""
INVARIANTS = (
    *MONEY,
    *BANK,
    *LEDGER,
    *NUMBERS,
    *DOCUMENTS,
    *CORRECTIONS,
    *SUBSCRIPTIONS,
    *STATUSES,
    *TENANTS,
    *BACKGROUND,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many rows break an invariant, with the ids of a few of them and the customers concerned."""

    number: str
    name: str
    reason: str
    count: int
    examples: tuple[str, ...]
    customers: tuple[int, ...] = ()


def check_invariants(transactions: Transactions, *, real_now: datetime) -> list[Verdict]:
    """Every invariant with what breaks it, in one fixed order. Changes nothing."""
    with transactions.reading() as repositories:
        return [_verdict(repositories, invariant, real_now) for invariant in INVARIANTS]


def guard_invariants(transactions: Transactions, *, now: datetime, real_now: datetime) -> list[Verdict]:
    """Check, and park the billing of every customer whom a broken invariant concerns; access stays.

    Staff get a task per customer, and one per broken invariant. Answers what is broken.
    """
    broken = [each for each in check_invariants(transactions, real_now=real_now) if each.count]
    for verdict in broken:
        with transactions.begin(Actor.system("invariants")) as work:
            work.ask_staff("invariant_broken", "invariant", verdict.name[:64], None, now)
        _park(transactions, verdict, now)
    return broken


def _park(transactions: Transactions, verdict: Verdict, now: datetime) -> None:
    customers: Sequence[int] = verdict.customers if len(verdict.customers) <= MOST_PARKED else ()
    for customer_id in customers:
        with transactions.begin(Actor.system("invariants")) as work:
            customer = work.customers.get(customer_id, lock=True)
            park_billing(work, customer, f"{verdict.number}: {verdict.name}", now)


def _verdict(repositories: Repositories, invariant: Invariant, real_now: datetime) -> Verdict:
    # The queries are constants of this package.
    statement = text(f"SELECT id::text, customer_id FROM ({invariant.query}) AS broken (id, customer_id)")  # noqa: S608
    parameters = {"due_since": real_now - OLDEST_DUE} if ":due_since" in invariant.query else {}
    rows = repositories.session.execute(statement, parameters).all()
    return Verdict(
        number=invariant.number,
        name=invariant.name,
        reason=invariant.reason,
        count=len(rows),
        examples=tuple(sorted(row.id for row in rows)[:MOST_EXAMPLES]),
        customers=tuple(sorted({row.customer_id for row in rows if row.customer_id is not None})),
    )
