"""Usage statistics (D5): counted in memory, written once, never lost by an outage."""

from datetime import date
from functools import partial
from time import monotonic, sleep

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.billing.errors import NotFound
from app.bootstrap import Container
from app.models import ApiKey, CheckUsage, UsageReport
from app.repositories.clock import SystemClock
from app.services.checks import find_key_holder
from app.services.unit_of_work import Transactions
from app.services.usage import CheckCount, ReportedUsage, UsageCounter, report_usage
from tests.factories import buy, production_key, rows
from tests.parallel import at_once

TODAY = date(2026, 3, 2)
NEVER = 10_000.0  # seconds between two writes: only the test writes


@pytest.fixture
def key(container: Container, alice: int) -> str:
    buy(container, alice, "crm-connector")
    return production_key(container, alice)


@pytest.fixture
def counter(container: Container, key: str) -> UsageCounter:
    return UsageCounter(container.transactions, NEVER)


def what(account: str = "acc-1", connector: str = "crm-connector", day: date = TODAY) -> CheckCount:
    return CheckCount(day, 1, connector, account)


def count(counter: UsageCounter, container: Container, times: int, allowed: bool = True, **of: str) -> None:
    for _ in range(times):
        counter.count(what(**of), allowed, container.clock.now())  # type: ignore[arg-type]  # texts only


def written(container: Container) -> list[tuple[str, str, int, int]]:
    return [(row.connector, row.make_account, row.allowed, row.denied) for row in rows(container, CheckUsage)]


def test_counts_are_added_up(container: Container, counter: UsageCounter) -> None:
    count(counter, container, 3)
    count(counter, container, 2, allowed=False)
    count(counter, container, 1, allowed=False, account="acc-2")
    counter.flush()
    count(counter, container, 4)
    count(counter, container, 1, connector="mail-connector")
    counter.flush()
    counter.flush()
    assert written(container) == [
        ("crm-connector", "acc-1", 7, 2),
        ("crm-connector", "acc-2", 0, 1),
        ("mail-connector", "acc-1", 1, 0),
    ]
    assert rows(container, ApiKey)[0].last_used_at == container.clock.now()


def test_days_are_apart(container: Container, counter: UsageCounter) -> None:
    counter.count(what(), True, container.clock.now())
    counter.count(what(day=date(2026, 3, 3)), True, container.clock.now())
    counter.flush()
    assert [row.day for row in rows(container, CheckUsage)] == [TODAY, date(2026, 3, 3)]


def test_an_outage_of_the_database_keeps_the_counts(container: Container, key: str) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    factory = sessionmaker(away)
    counter = UsageCounter(Transactions(factory, SystemClock()), NEVER)
    count(counter, container, 3)
    counter.flush()
    count(counter, container, 2, allowed=False)
    counter.flush()
    assert written(container) == []

    factory.configure(bind=container.engine)
    counter.flush()

    assert written(container) == [("crm-connector", "acc-1", 3, 2)]


def test_two_processes_write_the_same_rows(container: Container, key: str) -> None:
    counters = [UsageCounter(container.transactions, NEVER) for _ in range(4)]
    for _ in range(10):
        for number, counter in enumerate(counters):
            accounts = [f"acc-{each}" for each in range(20)]
            for account in accounts if number % 2 else reversed(accounts):
                count(counter, container, 1, account=account)
        at_once(*[counter.flush for counter in counters])
    for counter in counters:
        counter.flush()
    assert [row[2] for row in written(container)] == [40] * 20


def test_many_threads_lose_no_count(container: Container, counter: UsageCounter) -> None:
    at_once(*[partial(count, counter, container, 500)] * 8, counter.flush, counter.flush)
    counter.flush()
    assert written(container) == [("crm-connector", "acc-1", 4_000, 0)]


def test_counts_are_written_by_themselves_and_at_the_end(container: Container, key: str) -> None:
    counter = UsageCounter(container.transactions, 0.05)
    count(counter, container, 1)
    deadline = monotonic() + 5
    while not written(container) and monotonic() < deadline:
        sleep(0.02)
    assert written(container) == [("crm-connector", "acc-1", 1, 0)]
    counter.close()
    count(counter, container, 1)
    counter.close()
    assert written(container) == [("crm-connector", "acc-1", 2, 0)]


def test_an_unused_counter_closes_quietly(container: Container) -> None:
    UsageCounter(container.transactions, NEVER).close()
    assert written(container) == []


def test_a_report_counts_once(container: Container, key: str) -> None:
    holder = find_key_holder(container.checking, key, container.clock.now())
    assert holder is not None
    reported = ReportedUsage("crm-connector", "contacts.create", 5, "run-1")
    report = partial(
        report_usage, container.transactions, holder=holder, reported=reported, now=container.clock.now()
    )
    outcomes = at_once(*[report] * 6)
    assert sorted(outcomes.results) == [False] * 5 + [True]
    (row,) = rows(container, UsageReport)
    assert (row.operation, row.count, row.idempotency_key) == ("contacts.create", 5, "run-1")
    unknown = ReportedUsage("no-such-connector", "x", 1, "run-2")
    with pytest.raises(NotFound) as refusal:
        report_usage(container.transactions, holder=holder, reported=unknown, now=container.clock.now())
    assert refusal.value.code == "CONNECTOR_UNKNOWN"
