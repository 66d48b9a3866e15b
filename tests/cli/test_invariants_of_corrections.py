"""Every invariant of corrections and fiscal receipts can fail, and honest ones break none (J3, 54-ФЗ)."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from app.bootstrap import Container
from app.services.fiscal.promising import promise_offsets, promise_receipts
from app.services.invariants import check_invariants
from app.services.invariants.corrections import CORRECTIONS
from tests.clock import ManualClock
from tests.services.corrections.papers import document, given, lowered, rub
from tests.services.fiscal.persons import fiscal_of, person
from tests.services.refunding import send
from tests.shop import alice, shop

__all__ = ["alice", "shop"]

BREACHES = {
    "a КСФ or УКД lowers service by what its refund took from it": (
        "UPDATE document_line SET vat_minor = vat_minor - 1 WHERE kind = 'transfer_adjustment'"
    ),
    "a refund of documented service has its КСФ or УКД, or a task says why not": (
        "UPDATE document SET adjusts_id = NULL WHERE refund_id = 1"
    ),
    "a fiscal receipt is over what was settled": (
        "UPDATE fiscal_receipt SET total_minor = total_minor + 1 WHERE kind = 'service'"
    ),
}


@pytest.fixture
def life(container: Container, clock: ManualClock, alice: int) -> None:
    """A business and a person whose service was given, documented and lowered, with receipts of all of it."""
    ivan = person(container)
    fiscal = fiscal_of(container)
    lines = [given(container, clock, customer_id) for customer_id in (alice, ivan)]
    for line in lines:
        refund_id = lowered(container, line, rub(39_000))
        document(container)
        send(container, refund_id, f"re_{refund_id}")
        clock.advance(hours=2)
    clock.advance(days=1)
    promise_receipts(fiscal, now=clock.now())
    promise_offsets(fiscal, now=clock.now() + timedelta(minutes=1))


def broken(container: Container) -> set[str]:
    verdicts = check_invariants(container.transactions, real_now=container.wall_clock.now())
    return {each.name for each in verdicts if each.count and each.name in BREACHES}


def test_every_invariant_of_corrections_has_a_breach() -> None:
    assert {invariant.name for invariant in CORRECTIONS} == set(BREACHES)


@pytest.mark.usefixtures("life")
def test_honest_ones_break_nothing(container: Container) -> None:
    assert broken(container) == set()


@pytest.mark.usefixtures("life")
@pytest.mark.parametrize("name", sorted(BREACHES))
def test_a_breach_is_found(container: Container, name: str) -> None:
    container.engine.dispose()
    address = container.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        # As a superuser past every trigger, in a transaction that is undone: the walls stay for other tests.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(BREACHES[name])
        invariant = next(each for each in CORRECTIONS if each.name == name)
        found = connection.execute(f"SELECT count(*) FROM ({invariant.query}) AS broken").fetchone()  # noqa: S608
        connection.rollback()
    assert found is not None
    assert found[0] > 0
