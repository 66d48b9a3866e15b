"""New prices: added, never changed (B2)."""

from datetime import timedelta

import pytest

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.money import Money
from app.bootstrap import Container
from app.models import AuditEntry, InvoiceLine, PriceVersion
from app.services.prices import NewPrice, add_price
from tests.clock import ManualClock
from tests.factories import order, rows

ADMIN = Actor.staff("admin")


def add(container: Container, price: NewPrice) -> None:
    add_price(container.transactions, actor=ADMIN, price=price, now=container.clock.now())


def test_a_year_is_computed_unless_it_is_given(container: Container, shop: dict[str, int]) -> None:
    now, connector_id = container.clock.now(), shop["crm-connector"]
    add(container, NewPrice(connector_id, Money(2_000, "USD"), now))
    add(container, NewPrice(connector_id, Money(3_000, "EUR"), now, yearly=Money(25_000, "EUR")))
    added = [row for row in rows(container, PriceVersion, connector_id=connector_id) if row.currency != "RUB"]
    assert [(row.interval, row.amount) for row in added] == [
        ("month", Money(2_000, "USD")),
        ("year", Money(20_400, "USD")),
        ("month", Money(3_000, "EUR")),
        ("year", Money(25_000, "EUR")),
    ]
    entry = rows(container, AuditEntry, action="price.add")[0]
    assert (entry.actor_identity, entry.details["yearly_minor"]) == ("admin", 20_400)


def test_a_new_price_holds_from_its_instant_and_what_was_ordered_keeps_its_own(
    container: Container, shop: dict[str, int], clock: ManualClock, alice: int
) -> None:
    start = clock.now() + timedelta(days=30)
    order(container, alice, "crm-connector", make_account="A")
    add(container, NewPrice(shop["crm-connector"], Money(120_000, "RUB"), start))
    order(container, alice, "crm-connector", make_account="B")
    clock.move_to(start)
    order(container, alice, "crm-connector", make_account="C")
    assert [line.total_minor for line in rows(container, InvoiceLine)] == [99_000, 99_000, 120_000]


@pytest.mark.parametrize(
    ("monthly", "yearly", "ahead", "code"),
    [
        (0, None, 0, "PRICE_NOT_POSITIVE"),
        (-1, 5, 0, "PRICE_NOT_POSITIVE"),
        (5, 0, 0, "PRICE_NOT_POSITIVE"),
        (5, None, -1, "PRICE_IN_THE_PAST"),
    ],
)
def test_prices_that_make_no_sense(
    container: Container, shop: dict[str, int], monthly: int, yearly: int | None, ahead: int, code: str
) -> None:
    price = NewPrice(
        shop["crm-connector"],
        Money(monthly, "USD"),
        container.clock.now() + timedelta(seconds=ahead),
        None if yearly is None else Money(yearly, "USD"),
    )
    with pytest.raises(BillingError) as refusal:
        add(container, price)
    assert refusal.value.code == code


def test_one_price_per_instant_and_only_of_what_exists(container: Container, shop: dict[str, int]) -> None:
    price = NewPrice(shop["crm-connector"], Money(2_000, "USD"), container.clock.now())
    add(container, price)
    for bad, code in (
        (price, "PRICE_EXISTS"),
        (NewPrice(10**9, price.monthly, price.valid_from), "NOT_FOUND"),
    ):
        with pytest.raises(BillingError) as refusal:
            add(container, bad)
        assert refusal.value.code == code
    assert len(rows(container, PriceVersion, currency="USD")) == 2
