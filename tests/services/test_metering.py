"""Operations on real rows: on disk before the yes, counted once, on the bill of one month (I1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from app.billing.check import CheckCode, CheckDecision
from app.bootstrap import Container
from app.models import MeteredOperation
from app.services.checks import CheckUndecided, check_subscription
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, production_key, rows
from tests.parallel import at_once, wait_until_blocked
from tests.services.metered import (
    APRIL,
    APRIL_BEGINS,
    MARCH,
    SLUG,
    create_metered_connector,
    metered_key,
    start,
    use,
    used,
)

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def key(container: Container, alice: int) -> str:
    """The key of Alice, who pays for operations."""
    create_metered_connector(container)
    return metered_key(container, alice)


def ask(
    container: Container, key: str, operation_id: str | None = None, account: str = "acc"
) -> CheckDecision:
    return check_subscription(
        container.checking,
        key=key,
        connector=SLUG,
        account=account,
        now=container.clock.now(),
        operation_id=operation_id,
    ).decision


def test_every_yes_is_one_operation_the_binding_one_too(container: Container, key: str) -> None:
    for _ in range(3):
        assert ask(container, key).code is CheckCode.OK
    assert used(container) == {(1, MARCH): 3}
    recorded = rows(container, MeteredOperation)
    assert {(row.subscription_id, row.api_key_id, row.month, row.operation_id) for row in recorded} == {
        (1, 1, MARCH, None)
    }
    assert {row.at for row in recorded} == {container.clock.now()}


def test_a_no_is_no_operation(container: Container, key: str) -> None:
    assert ask(container, key, account="acc").allowed
    assert not ask(container, key, account="other").allowed
    assert not ask(container, key + "x").allowed
    assert used(container) == {(1, MARCH): 1}


def test_where_periods_are_paid_nothing_is_counted(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    key = production_key(container, alice)
    assert check(container, key, "acc").allowed
    assert used(container) == {}
    assert rows(container, MeteredOperation) == []


def test_an_id_is_counted_once_in_24_hours(container: Container, key: str, clock: ManualClock) -> None:
    assert ask(container, key, "op-1").allowed
    clock.advance(hours=24, microseconds=-1)
    for operation_id in ("op-1", "op-1", "op-2", "OP-1"):
        assert ask(container, key, operation_id).allowed
    assert used(container) == {(1, MARCH): 3}
    clock.advance(microseconds=1)
    assert ask(container, key, "op-1").allowed
    assert used(container) == {(1, MARCH): 4}


def test_an_id_names_an_operation_of_its_own_subscription(container: Container, key: str, alice: int) -> None:
    other = start(container, alice, make_account="acc-2")
    assert ask(container, key, "op-1", "acc").allowed
    assert ask(container, key, "op-1", "acc-2").allowed
    assert used(container) == {(1, MARCH): 1, (other, MARCH): 1}


@pytest.mark.usefixtures("key")
def test_of_repetitions_at_once_one_is_counted(container: Container) -> None:
    for number in range(5):
        outcomes = at_once(*[partial(use, container, operation_id=f"op-{number}")] * 12)
        assert sorted(outcomes.results) == [[False]] * 11 + [[True]]
    assert used(container) == {(1, MARCH): 5}


@pytest.mark.usefixtures("key")
def test_of_repetitions_on_both_sides_of_midnight_one_is_counted(container: Container) -> None:
    for number in range(5):
        outcomes = at_once(
            *[
                partial(use, container, operation_id=f"op-{number}", at=at)
                for at in (APRIL_BEGINS - INSTANT, APRIL_BEGINS) * 6
            ]
        )
        assert sorted(outcomes.results) == [[False]] * 11 + [[True]]
    assert sum(used(container).values()) == len(rows(container, MeteredOperation)) == 5


@pytest.mark.usefixtures("key")
def test_simultaneous_operations_are_all_counted(container: Container) -> None:
    outcomes = at_once(*[partial(use, container, 5)] * 12)
    assert outcomes.results == [[True] * 5] * 12
    assert used(container) == {(1, MARCH): 60}
    assert len(rows(container, MeteredOperation)) == 60


@pytest.mark.parametrize(
    ("at", "month"), [(APRIL_BEGINS - INSTANT, MARCH), (APRIL_BEGINS, APRIL)], ids=["before", "after"]
)
@pytest.mark.usefixtures("key")
def test_an_operation_is_on_the_bill_of_its_month(container: Container, at: datetime, month: object) -> None:
    use(container, at=at)
    assert list(used(container)) == [(1, month)]


@pytest.mark.usefixtures("key")
def test_what_comes_after_the_bill_is_on_the_next_one(container: Container) -> None:
    use(container, 2)
    with container.transactions.begin(FACTORY) as work, ThreadPoolExecutor() as threads:
        work.metering.get((1, MARCH), lock=True).closed_at = APRIL_BEGINS
        work.session.flush()
        late = threads.submit(use, container, at=APRIL_BEGINS - INSTANT)
        wait_until_blocked(container)
        work.session.commit()
        assert late.result() == [True]
    assert used(container) == {(1, MARCH): 2, (1, APRIL): 1}
    assert rows(container, MeteredOperation)[-1].month == APRIL


def test_while_it_is_billed_a_subscription_is_used(container: Container, key: str) -> None:
    assert ask(container, key).allowed
    with container.transactions.begin(FACTORY) as work:
        assert work.customers.locked_all([1])
        assert work.subscriptions.locked([1])
        assert ask(container, key).allowed
    assert used(container) == {(1, MARCH): 2}


@pytest.mark.parametrize("table", ["usage_month", "metered_operation"])
def test_what_can_not_be_written_is_no_yes(container: Container, key: str, table: str) -> None:
    refuse = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
        f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(refuse))
    try:
        with pytest.raises(CheckUndecided):
            ask(container, key)
    finally:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse()"))
    assert used(container) == {}
    assert ask(container, key).allowed
    assert used(container) == {(1, MARCH): 1}
