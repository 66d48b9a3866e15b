"""New prices of operations: announced in time, told to whoever pays already, paid from a month on (I1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.mail_data import OperationPriceChangeMail, PriceOfOperations
from app.billing.metering import period_of
from app.billing.money import Money
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import AuditEntry, Connector, OperationPrice, OutboxMessage, PayerKind, Subscription
from app.services.operation_prices import NewOperationPrice, add_operation_price
from app.services.subscriptions import Asked, cancel_subscription
from tests.clock import ManualClock
from tests.factories import create_customer, create_payer, promised, rows
from tests.parallel import at_once
from tests.services.mail_facts import change, last_promised, told
from tests.services.metered import (
    APRIL_BEGINS,
    MAY_BEGINS,
    PER,
    PRICE,
    billed,
    create_metered_connector,
    run_sweep,
    save_card,
    set_price,
    start,
    use,
)

FINANCE = Actor.staff("finance")
DEARER = Money(80_000, "RUB")
JUNE, JUNE_BEGINS = date(2026, 6, 1), period_of(date(2026, 6, 1)).start
MAIL = "mail.operation_price_change"


@pytest.fixture
def connector(container: Container, shop: dict[str, int]) -> int:
    """A connector at 500 roubles for 1 000 operations."""
    return create_metered_connector(container)


def announce(
    container: Container,
    connector_id: int,
    valid_from: datetime = MAY_BEGINS,
    amount: Money = DEARER,
    operations: int = PER,
) -> int:
    price = NewOperationPrice(connector_id, amount, operations, valid_from)
    return add_operation_price(container.transactions, actor=FINANCE, price=price, now=container.clock.now())


def refusal(container: Container, connector_id: int, valid_from: datetime, **changes: Any) -> str:
    with pytest.raises(BillingError) as refused:
        announce(container, connector_id, valid_from, **changes)
    return refused.value.code


def paying(container: Container, customer_id: int, *make_accounts: str) -> list[int]:
    """Subscriptions that pay per operation."""
    save_card(container, customer_id)
    return [start(container, customer_id, make_account=each) for each in make_accounts]


def newcomer(container: Container, name: str) -> int:
    customer_id = create_customer(container, f"{name}@example.com")
    create_payer(container, customer_id)
    return customer_id


@contextmanager
def statements(container: Container) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(container.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(container.engine, "before_cursor_execute", note)


def test_a_price_is_a_new_version_and_stands_in_the_audit(container: Container, connector: int) -> None:
    price_id = announce(container, connector, APRIL_BEGINS, operations=2_000)
    old, new = rows(container, OperationPrice, connector_id=connector)
    assert (old.amount, old.operations) == (PRICE, PER)
    assert (new.id, new.amount, new.operations, new.valid_from) == (price_id, DEARER, 2_000, APRIL_BEGINS)
    (entry,) = rows(container, AuditEntry, action="operation_price.add")
    assert (entry.actor_identity, entry.object_kind, entry.object_id) == (
        "finance",
        "operation_price",
        str(price_id),
    )
    assert entry.details == {
        "connector_id": connector,
        "currency": "RUB",
        "amount_minor": 80_000,
        "operations": 2_000,
        "valid_from": APRIL_BEGINS.isoformat(),
        "customers": 0,
    }
    assert promised(container, MAIL) == []


def test_the_months_before_keep_the_old_price_and_the_first_one_after_takes_the_new(
    container: Container, connector: int, clock: ManualClock, alice: int
) -> None:
    paying(container, alice, "acc")
    announce(container, connector)
    for instant in (APRIL_BEGINS, MAY_BEGINS, JUNE_BEGINS):
        use(container, 3)
        clock.move_to(instant)
        run_sweep(container)
    assert [(line.quantity, line.total_minor) for line in billed(container)] == [(3, 150), (3, 150), (3, 240)]


def test_every_customer_who_pays_already_gets_one_mail(
    container: Container, connector: int, alice: int
) -> None:
    bob = newcomer(container, "bob")
    of_alice, of_bob = paying(container, alice, "a", "b"), paying(container, bob, "c")
    newcomer(container, "idle")
    old_id = rows(container, OperationPrice)[0].id

    price_id = announce(container, connector)

    ids = {"operation_price_id": price_id, "old_price_id": old_id}
    assert {mail.customer_id: mail.payload for mail in promised(container, MAIL)} == {
        alice: ids | {"subscription_ids": of_alice},
        bob: ids | {"subscription_ids": of_bob},
    }
    (entry,) = rows(container, AuditEntry, action="operation_price.add")
    assert entry.details["customers"] == 2


def test_it_costs_the_same_however_many_pay(container: Container, connector: int, alice: int) -> None:
    paying(container, alice, "a")
    with statements(container) as few:
        announce(container, connector)
    for number in range(5):
        paying(container, newcomer(container, f"customer{number}"), "a", "b")
    told_before = len(rows(container, OutboxMessage, name=MAIL))
    with statements(container) as more:
        announce(container, connector, JUNE_BEGINS)
    assert len(more) == len(few) <= 10
    assert len(rows(container, OutboxMessage, name=MAIL)) == told_before + 6


def test_only_who_runs_on_operations_of_this_connector_in_this_currency_is_told(
    container: Container, connector: int, alice: int
) -> None:
    other = create_metered_connector(container, "other-connector")
    set_price(container, connector, Money(1_000, "USD"))
    (row_id,) = paying(container, alice, "a")
    announce(container, other, APRIL_BEGINS)
    announce(container, connector, APRIL_BEGINS, Money(2_000, "USD"))
    change(container, Subscription, row_id, status=SubscriptionStatus.EXPIRED)
    announce(container, connector, APRIL_BEGINS)
    change(container, Subscription, row_id, status=SubscriptionStatus.ACTIVE, metered=False)
    announce(container, connector, MAY_BEGINS)
    assert promised(container, MAIL) == []


def test_the_first_price_of_a_currency_holds_at_once(container: Container, connector: int) -> None:
    bob = create_customer(container, "bob@example.com", country="US", currency="USD")
    create_payer(
        container, bob, kind=PayerKind.FOREIGN_COMPANY, country="US", name="Bob Inc.", inn=None, kpp=None
    )
    save_card(container, bob)
    announce(container, connector, container.clock.now(), Money(1_000, "USD"))
    assert start(container, bob)


@pytest.mark.parametrize(
    ("valid_from", "code"),
    [
        (APRIL_BEGINS, "PRICE_WITHOUT_NOTICE"),
        (MAY_BEGINS + timedelta(hours=1), "PRICE_NOT_FROM_A_MONTH"),
        (APRIL_BEGINS - timedelta(days=31), "PRICE_IN_THE_PAST"),
    ],
)
def test_what_customers_could_not_know_is_refused_and_leaves_nothing(
    container: Container, connector: int, alice: int, valid_from: datetime, code: str
) -> None:
    paying(container, alice, "a")
    assert refusal(container, connector, valid_from) == code
    assert len(rows(container, OperationPrice)) == 1
    assert promised(container, MAIL) == []


def test_who_canceled_may_still_take_it_back_and_is_told_in_time(
    container: Container, connector: int, clock: ManualClock, alice: int
) -> None:
    (row_id,) = paying(container, alice, "a")
    cancel_subscription(container.transactions, Asked.by_customer(alice, row_id, clock.now()))
    assert refusal(container, connector, APRIL_BEGINS) == "PRICE_WITHOUT_NOTICE"
    announce(container, connector)
    assert len(promised(container, MAIL)) == 1


def test_a_price_that_makes_no_sense(container: Container, connector: int) -> None:
    assert refusal(container, connector, MAY_BEGINS, operations=0) == "PRICE_NOT_POSITIVE"
    assert refusal(container, connector, MAY_BEGINS, amount=Money(0, "RUB")) == "PRICE_NOT_POSITIVE"


def test_a_price_needs_a_connector_that_is_priced_per_operation(
    container: Container, connector: int, shop: dict[str, int]
) -> None:
    assert refusal(container, 10**9, MAY_BEGINS) == "NOT_FOUND"
    assert refusal(container, shop["crm-connector"], MAY_BEGINS) == "NOT_FOUND"


def test_what_is_announced_is_not_announced_twice_but_may_be_preceded(
    container: Container, connector: int, alice: int
) -> None:
    paying(container, alice, "a")
    june = announce(container, connector, JUNE_BEGINS)
    assert refusal(container, connector, JUNE_BEGINS, amount=PRICE) == "PRICE_EXISTS"
    may = announce(container, connector, MAY_BEGINS, Money(60_000, "RUB"))
    first = rows(container, OperationPrice)[0].id
    assert [
        (mail.payload["old_price_id"], mail.payload["operation_price_id"])
        for mail in promised(container, MAIL)
    ] == [(first, june), (first, may)]


def test_two_who_announce_at_once_come_one_after_the_other(container: Container, connector: int) -> None:
    outcomes = at_once(*[lambda: announce(container, connector)] * 4)
    assert (len(outcomes.results), outcomes.refusals) == (1, ["PRICE_EXISTS"] * 3)


def test_the_mail_names_both_prices_and_the_month(container: Container, connector: int, alice: int) -> None:
    paying(container, alice, "a")
    announce(container, connector, JUNE_BEGINS, Money(100, "RUB"), 1)
    assert told(container, OperationPriceChangeMail) == OperationPriceChangeMail(
        connector=rows(container, Connector, id=connector)[0].name,
        month=JUNE,
        old=PriceOfOperations(PRICE, PER),
        new=PriceOfOperations(Money(100, "RUB"), 1),
        subscriptions_url=f"{container.mailing.links.base_url}/subscriptions",
    )


def test_who_has_left_meanwhile_is_not_told(container: Container, connector: int, alice: int) -> None:
    first, second = paying(container, alice, "a", "b")
    announce(container, connector)
    change(container, Subscription, first, status=SubscriptionStatus.EXPIRED)
    assert last_promised(container, OperationPriceChangeMail.kind) is not None
    change(container, Subscription, second, metered=False)
    assert last_promised(container, OperationPriceChangeMail.kind) is None


def test_who_begins_to_pay_is_told_of_what_is_announced(
    container: Container, connector: int, clock: ManualClock, alice: int
) -> None:
    may = announce(container, connector, MAY_BEGINS)
    june = announce(container, connector, JUNE_BEGINS, PRICE)
    clock.move_to(MAY_BEGINS)
    paying(container, alice, "a", "b")
    (mail,) = promised(container, MAIL)
    assert (mail.payload["old_price_id"], mail.payload["operation_price_id"]) == (may, june)
    assert told(container, OperationPriceChangeMail).month == JUNE
