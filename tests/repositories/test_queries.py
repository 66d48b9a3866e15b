"""Queries say in SQL exactly what the rules say in Python, and the check's query finds its rows by index."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from app.billing.api_key import ApiKeyKind, ApiKeyStatus, fingerprint, mint_key
from app.billing.entitlement import SubscriptionFacts, grants_access
from app.billing.errors import NotFound
from app.billing.invoice import InvoiceStatus
from app.billing.periods import BillingInterval
from app.billing.subscription import PAID, SubscriptionStatus
from app.bootstrap import Container
from app.models import ApiKey, Customer, Document, PaymentAttempt, PaymentMethod, Subscription
from app.repositories.entitlements import load_key_holder
from tests.billing.facts import NOW, any_subscription, many
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, rows, trial_key

IS_OPEN = {SubscriptionStatus.PENDING, SubscriptionStatus.EXPIRED}


def stored(facts: SubscriptionFacts, customer_id: int, connector_id: int, number: int) -> dict[str, Any]:
    """The row of these facts; accounts are numbered, since a live one is unique."""
    return {
        "customer_id": customer_id,
        "connector_id": connector_id,
        "make_account": None if facts.make_account is None else f"{facts.make_account}-{number}",
        "status": facts.status,
        "interval": BillingInterval.MONTH,
        "currency": "RUB",
        "auto_renew": facts.auto_renew,
        "anchor_day": 1 if facts.status in PAID else None,
        "trial_ends_at": facts.trial_ends_at,
        "first_paid_at": facts.first_paid_at,
        "period_end": facts.period_end,
        "first_failed_at": facts.first_failed_at,
        "canceled_at": facts.canceled_at,
        "metered": facts.metered,
        "created_at": NOW,
    }


def store(container: Container, facts: list[SubscriptionFacts], customer_id: int, connector_id: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        records = [stored(each, customer_id, connector_id, number) for number, each in enumerate(facts)]
        work.session.execute(insert(Subscription), records)


def test_the_sweep_finds_exactly_what_gives_no_access_any_more(
    container: Container, shop: dict[str, int], alice: int
) -> None:
    store(container, list(many(any_subscription, 1_500)), alice, shop["crm-connector"])
    with container.transactions.reading() as repositories:
        held = repositories.subscriptions.of_customer(alice)
        for moment in (NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=10)):
            found = set(repositories.subscriptions.ended(moment))
            expected = {row.id for row in held if is_over(row, moment)}
            assert found == expected
            assert 100 < len(found) < 1_400


def is_over(row: Subscription, now: datetime) -> bool:
    """What renews and was never charged waits for its renewal, however late we are (G6)."""
    waits = row.status is SubscriptionStatus.ACTIVE and row.auto_renew
    return row.status not in IS_OPEN and not waits and not grants_access(row.facts(), now)


def test_a_trial_that_continues_is_not_over_before_it_was_invoiced(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    trial_key(container, alice, [shop["crm-connector"], shop["mail-connector"]])
    with container.transactions.begin(FACTORY) as work:
        work.subscriptions.get(1).renewal_due_at = clock.now()
    clock.advance(days=7)
    with container.transactions.reading() as repositories:
        assert repositories.subscriptions.ended(clock.now()) == [2]


def test_nothing_of_a_parked_customer_is_due_or_over(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    trial_key(container, alice, [shop["mail-connector"]])
    invoice_id = buy(container, alice, "crm-connector").invoice_id
    now = clock.now()
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(2)
        row.notice_due_at = row.renewal_due_at = now
        invoice = work.invoices.get(invoice_id)
        invoice.status, invoice.paid_at, invoice.next_attempt_at = InvoiceStatus.OPEN, None, now
    later = now + timedelta(days=8)
    assert due(container, later) == ([(2, alice)], [(2, alice)], [(invoice_id, alice)], [1])
    with container.transactions.begin(FACTORY) as work:
        customer = work.customers.get(alice)
        customer.billing_parked_at, customer.billing_parked_reason = now, "a test"
    assert due(container, later) == ([], [], [], [])


def due(container: Container, now: datetime) -> tuple[Any, ...]:
    with container.transactions.reading() as repositories:
        return (
            repositories.subscriptions.due_for_notice(now),
            repositories.subscriptions.due_for_renewal(now),
            repositories.invoices.due_for_attempt(now),
            repositories.subscriptions.ended(now),
        )


def test_the_check_loads_what_the_rows_say(container: Container, shop: dict[str, int], alice: int) -> None:
    store(container, list(many(any_subscription, 50)), alice, shop["crm-connector"])
    key = mint_key(ApiKeyKind.PRODUCTION)
    with container.transactions.begin(FACTORY) as work:
        work.api_keys.add(waiting_key(alice, key))
    with container.reading_engine.connect() as connection:
        holder = load_key_holder(connection, fingerprint(key, b"pepper"))
        assert load_key_holder(connection, b"nobody's") is None
    assert holder is not None
    with container.transactions.reading() as repositories:
        expected = tuple(row.facts() for row in reversed(repositories.subscriptions.of_customer(alice)))
    assert holder.facts.subscriptions == expected
    assert holder.customer_id == alice


def waiting_key(customer_id: int, key: str) -> ApiKey:
    return ApiKey(
        customer_id=customer_id,
        kind=ApiKeyKind.PRODUCTION,
        scopes=["check"],
        name="key",
        status=ApiKeyStatus.ACTIVE,
        fingerprint=fingerprint(key, b"pepper"),
        bcrypt_hash="x" * 60,
        last4=key[-4:],
        created_at=NOW,
        claimed_at=NOW,
    )


@pytest.fixture
def crowd(container: Container, shop: dict[str, int]) -> str:
    """Three thousand customers with a key and three subscriptions each; the key of one of them."""
    random, numbers = Random(7), count(1)  # noqa: S311 - tests, not secrets
    facts = list(many(any_subscription, 9_000))
    first = create_customer(container, "first@example.com")
    with container.transactions.begin(FACTORY) as work:
        columns = {
            name: getattr(work.customers.get(first), name)
            for name in ("password_hash", "name", "country", "currency", "language", "status", "created_at")
        }
        customers = [
            columns | {"email": f"c{number}@example.com", "canonical_email": f"c{number}@example.com"}
            for number in range(3_000)
        ]
        ids = list(work.session.scalars(insert(Customer).returning(Customer.id), customers))
        secrets = [mint_key(ApiKeyKind.PRODUCTION) for _ in ids]
        work.session.add_all([waiting_key(*each) for each in zip(ids, secrets, strict=True)])
        connectors = list(shop.values())
        work.session.execute(
            insert(Subscription),
            [stored(each, random.choice(ids), random.choice(connectors), next(numbers)) for each in facts],
        )
    with container.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return secrets[1_234]


def test_the_check_reads_no_big_table_through(container: Container, crowd: str) -> None:
    asked: list[tuple[str, Any]] = []

    def remember(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with container.reading_engine.connect() as connection:
        event.listen(container.reading_engine, "before_cursor_execute", remember)
        assert load_key_holder(connection, fingerprint(crowd, b"pepper")) is not None
        event.remove(container.reading_engine, "before_cursor_execute", remember)
        ((statement, parameters),) = asked
        plan = "\n".join(
            row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).fetchall()
        )
    for table in ("api_key", "customer", "subscription"):
        assert f"Seq Scan on {table}" not in plan, plan
    assert "Index" in plan


def test_others_rows_look_as_if_there_were_none(container: Container, alice: int) -> None:
    invoice_id = buy(container, alice, "crm-connector").invoice_id
    stranger = create_customer(container, "eve@example.com")
    with container.transactions.reading() as repositories:
        reads: tuple[tuple[Callable[..., Any], Any], ...] = (
            (repositories.invoices.one_of_customer, invoice_id),
            (repositories.documents.one_of_customer, rows(container, Document)[0].id),
            (repositories.subscriptions.one_of_customer, rows(container, Subscription)[0].id),
            (repositories.api_keys.one_of_customer, rows(container, ApiKey)[0].id),
            (repositories.payment_methods.one_of_customer, rows(container, PaymentMethod)[0].id),
            (repositories.attempts.of_customer, rows(container, PaymentAttempt)[0].id),
        )
        for read, identity in reads:
            assert read(alice, identity).id == identity
            with pytest.raises(NotFound):
                read(stranger, identity)
