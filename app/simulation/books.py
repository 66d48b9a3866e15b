"""The provider's and the bank's books against ours: every money event once, and none made up (INV8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select

from app.models import BALANCE_PROVIDER, BANK_PROVIDER, Payment
from app.services.unit_of_work import Repositories
from app.simulation.bank import StatementLine
from app.simulation.life import Life
from app.simulation.provider_books import Charge

Entry = tuple[str, str, int, str]
"""Whose books, the reference, the amount in minor units, the currency."""


def compare_books(life: Life) -> None:
    """Write down every difference between their books and ours."""
    gateway = life.world.gateway
    theirs = Counter([*_of_provider(gateway.books.succeeded()), *_of_bank(life.bank.statement)])
    with life.world.transactions.reading() as repositories:
        ours = Counter(_ours(repositories, gateway.name))
    asked = {
        each.reference: f"{each.invoice}, asked for at {each.asked_at}" for each in gateway.books.charges
    }
    for entry in sorted(theirs - ours):
        what = asked.get(entry[1], "a transfer")
        life.world.violated("lost money", f"they took it and we don't know: {entry}, {what}")
    for entry in sorted(ours - theirs):
        life.world.violated("doubled money", f"we booked it and they never took it: {entry}")
    for complaint in gateway.complaints:
        life.world.violated("charge", complaint)


def _of_provider(charges: Iterable[Charge]) -> list[Entry]:
    return [("card", each.reference, each.amount.minor, each.amount.currency) for each in charges]


def _of_bank(statement: Iterable[StatementLine]) -> list[Entry]:
    return [
        ("bank", each.reference, each.money.minor, each.money.currency) for each in statement if each.booked
    ]


def _ours(repositories: Repositories, provider: str) -> list[Entry]:
    names = {provider: "card", BANK_PROVIDER: "bank"}
    rows = repositories.session.execute(
        select(Payment.provider, Payment.provider_reference, Payment.amount_minor, Payment.currency).where(
            Payment.provider != BALANCE_PROVIDER
        )
    )
    return [(names[row[0]], row[1], row[2], row[3]) for row in rows]
