"""Due work is found by indexes: what a sweep costs depends on what is due, not on how much there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import sessionmaker

from app.cli.bulk_load.load import Load, bulk_load
from app.repositories.clock import SystemClock
from app.services.billing_chunks import BillingRun
from app.services.sweep import sweep
from app.services.unit_of_work import Repositories, Transactions
from bench.plans import plans_of
from bench.renewals_gateway import InstantGateway
from bench.renewals_shop import Shop, stock
from tests.clock import START
from tests.servers import TestServers

pytestmark = pytest.mark.slow

NOW = START
DAY = timedelta(days=1)
CUSTOMERS, SUBSCRIPTIONS = 20_000, 20_000

DUE_WORK: dict[str, Callable[[Repositories], object]] = {
    "trial notices": lambda each: each.subscriptions.due_for_trial_notice(NOW + 2 * DAY, NOW),
    "renewal notices": lambda each: each.subscriptions.due_for_notice(NOW),
    "renewals": lambda each: each.subscriptions.due_for_renewal(NOW),
    "retries": lambda each: each.invoices.due_for_attempt(NOW),
    "ended subscriptions": lambda each: each.subscriptions.ended(NOW),
    "lapsed orders": lambda each: each.invoices.overdue(NOW.date()),
    "expired keys": lambda each: each.api_keys.past_their_end(NOW),
    "revenue": lambda each: each.service_months.due(NOW.date()),
    "outbox": lambda each: each.outbox.due(NOW, 100),
    "attempts in doubt": lambda each: each.attempts.in_doubt(NOW),
    "pages left open": lambda each: each.attempts.awaiting_customer(NOW),
}
A_FEW_OF_EVERY_KIND = (
    """
    UPDATE subscription SET status = 'trial', trial_ends_at = CAST(:now AS timestamptz) + interval '1 d'
    WHERE id % 401 = 1
    """,
    """
    UPDATE subscription SET status = 'canceled', canceled_at = period_start, notice_due_at = NULL,
        renewal_due_at = NULL, period_end = period_start + interval '1 hour' WHERE id % 401 = 2
    """,
    """
    UPDATE subscription SET status = 'payment_pending', first_failed_at = period_start, notice_due_at = NULL,
        renewal_due_at = NULL, period_end = period_start + interval '1 hour' WHERE id % 401 = 3
    """,
    "UPDATE subscription SET notice_due_at = :now, renewal_due_at = NULL WHERE id % 401 = 4",
    """
    UPDATE subscription SET notice_due_at = NULL, renewal_due_at = :now,
        noticed_at = CAST(:now AS timestamptz) - interval '2 d', noticed_period_end = period_end
    WHERE id % 401 = 5
    """,
    """
    UPDATE invoice SET status = 'open', paid_at = NULL,
        next_attempt_at = CASE WHEN purpose = 'renewal' THEN issued_at END WHERE id % 401 = 6
    """,
    "UPDATE service_month SET last_day = :now WHERE recognised_at IS NULL AND id % 401 = 7",
    "UPDATE payment_attempt SET state = 'started' WHERE invoice_id % 401 = 8",
    "UPDATE payment_attempt SET state = 'awaiting_customer' WHERE invoice_id % 401 = 9",
    "UPDATE api_key SET expires_at = :now WHERE id % 401 = 10",
    """
    INSERT INTO outbox_message (name, queue, payload, customer_id, status, attempts, created_at, available_at)
    SELECT 'mail.test', 'short', '{}', id, CASE id % 401 WHEN 11 THEN 'waiting' ELSE 'done' END, 1, :now, :now
    FROM customer
    """,
    "ANALYZE",
)


@pytest.fixture(scope="module")
def crowded(servers: TestServers, worker_number: int) -> Iterator[Shop]:
    """A database of its own with many subscriptions, and some work of every kind that is due."""
    engine = create_engine(servers.clone_database(f"crowded_{worker_number}"))
    transactions = Transactions(sessionmaker(engine, expire_on_commit=False), SystemClock())
    stock(transactions)
    bulk_load(transactions, Load(CUSTOMERS, SUBSCRIPTIONS, 1, NOW, "-" * 60), lambda _: None)
    with engine.begin() as connection:
        for statement in A_FEW_OF_EVERY_KIND:
            connection.execute(text(statement), {"now": NOW})
    yield Shop(engine, transactions, NOW)
    engine.dispose()


@pytest.mark.parametrize("name", DUE_WORK)
def test_due_work_is_found_by_an_index(crowded: Shop, name: str) -> None:
    found: list[object] = []

    def ask() -> None:
        with crowded.transactions.reading() as repositories:
            found.append(DUE_WORK[name](repositories))

    (plan,) = plans_of(crowded.engine, ask)
    assert plan.read_whole == set(), plan.root
    assert plan.indexes
    assert found[0], "nothing is due: the plan proves nothing"


@pytest.fixture
def swept(crowded: Shop, servers: TestServers, worker_number: int) -> Iterator[Engine]:
    """A copy for the test that does the work: the others ask what is due, in whatever order they come."""
    crowded.engine.dispose()
    name = f"swept_{worker_number}"
    servers.postgres.drop_database(name)
    url = servers.postgres.create_database(name, template=f"crowded_{worker_number}")
    engine = create_engine(url)
    yield engine
    engine.dispose()


def test_no_step_of_a_sweep_reads_a_table_whole(swept: Engine) -> None:
    transactions = Transactions(sessionmaker(swept, expire_on_commit=False), SystemClock())
    run = BillingRun(transactions, NOW, NOW, {InstantGateway.name: InstantGateway()})

    plans = plans_of(swept, lambda: sweep(run))

    assert len(plans) > 50
    assert {plan.statement: plan.read_whole for plan in plans if plan.read_whole} == {}
