"""The cart (B2)."""

from datetime import UTC, datetime

import pytest

from app.billing.errors import NotFound
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.bootstrap import Container
from app.models import Cart, CartLine, ConnectorStatus, PayerKind, PriceVersion
from app.services.carts import LARGEST_CART, CartFull, PricedCart, add_to_cart, price_cart, remove_from_cart
from tests.factories import (
    FACTORY,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    order,
    rows,
)
from tests.parallel import at_once

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR


def put(
    container: Container,
    customer_id: int,
    slug: str = "crm-connector",
    interval: BillingInterval = MONTH,
    make_account: str | None = None,
) -> None:
    add_to_cart(
        container.transactions,
        customer_id=customer_id,
        slug=slug,
        interval=interval,
        make_account=make_account,
        now=container.clock.now(),
    )


def priced(container: Container, customer_id: int, currency: str = "RUB") -> PricedCart:
    with container.transactions.reading() as repositories:
        cart = repositories.carts.open_cart(customer_id)
        assert cart is not None
        return price_cart(repositories, cart, currency, container.clock.now())


def test_several_connectors_in_one_cart(container: Container, alice: int) -> None:
    put(container, alice)
    put(container, alice, "mail-connector", YEAR, "acc-1")

    cart = priced(container, alice)

    assert len(rows(container, Cart)) == 1
    assert [(line.line.connector.slug, line.amount, line.vat) for line in cart.lines] == [
        ("crm-connector", Money(99_000, "RUB"), Money(17_852, "RUB")),
        ("mail-connector", Money(1_009_800, "RUB"), Money(182_095, "RUB")),
    ]
    assert (cart.total, cart.vat) == (Money(1_108_800, "RUB"), Money(199_947, "RUB"))


def test_the_same_again_changes_the_period(container: Container, alice: int) -> None:
    put(container, alice)
    put(container, alice, interval=YEAR)
    put(container, alice, make_account="acc-1")
    put(container, alice, make_account="acc-2")
    assert [(line.make_account, line.interval) for line in rows(container, CartLine)] == [
        (None, YEAR),
        ("acc-1", MONTH),
        ("acc-2", MONTH),
    ]


def test_a_double_click_is_one_line(container: Container, alice: int) -> None:
    at_once(*[lambda: put(container, alice)] * 8)
    assert len(rows(container, Cart)) == len(rows(container, CartLine)) == 1


def test_removing(container: Container, alice: int) -> None:
    put(container, alice)
    put(container, alice, "mail-connector")
    for _ in range(2):
        remove_from_cart(container.transactions, customer_id=alice, line_id=1)
    assert [line.id for line in rows(container, CartLine)] == [2]


def test_nobody_touches_anothers_cart(container: Container, alice: int) -> None:
    stranger = create_customer(container, "eve@example.com")
    put(container, alice)
    remove_from_cart(container.transactions, customer_id=stranger, line_id=1)
    assert len(rows(container, CartLine)) == 1


def test_an_ordered_cart_is_closed(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    remove_from_cart(container.transactions, customer_id=alice, line_id=1)
    put(container, alice, "mail-connector")
    assert [line.cart_id for line in rows(container, CartLine)] == [1, 2]


@pytest.mark.parametrize("slug", ["no-such-connector", "draft-connector", ""])
def test_what_is_not_sold(container: Container, alice: int, slug: str) -> None:
    create_connector(container, "draft-connector", status=ConnectorStatus.DRAFT)
    with pytest.raises(NotFound):
        put(container, alice, slug)


def test_a_connector_without_a_price_in_the_currency(container: Container, alice: int) -> None:
    foreigner = create_customer(container, "hans@example.com", country="DE", currency="USD")
    with pytest.raises(NotFound):
        put(container, foreigner)
    create_connector(container, "dollar-connector", monthly=Money(1_000, "USD"))
    put(container, foreigner, "dollar-connector")
    assert priced(container, foreigner, "USD").total == Money(1_000, "USD")


def test_a_full_cart(container: Container, alice: int) -> None:
    for number in range(LARGEST_CART):
        put(container, alice, make_account=str(number))
    put(container, alice, make_account="0", interval=YEAR)
    with pytest.raises(CartFull):
        put(container, alice, make_account="one more")


def test_the_price_in_force_now_counts(container: Container, shop: dict[str, int], alice: int) -> None:
    put(container, alice)
    for amount, valid_from in ((120_000, datetime(2026, 4, 1, tzinfo=UTC)), (110_000, container.clock.now())):
        with container.transactions.begin(FACTORY) as work:
            work.session.add(
                PriceVersion(
                    connector_id=shop["crm-connector"],
                    interval=MONTH,
                    currency="RUB",
                    amount_minor=amount,
                    valid_from=valid_from,
                )
            )
    assert priced(container, alice).total == Money(110_000, "RUB")
    container.clock.advance(days=40)  # type: ignore[attr-defined]  # the tests' clock
    assert priced(container, alice).total == Money(120_000, "RUB")


def test_a_line_that_is_no_longer_sold(container: Container, alice: int) -> None:
    put(container, alice)
    with pytest.raises(NotFound) as refusal:
        priced(container, alice, "EUR")
    assert refusal.value.code == "NO_LONGER_SOLD"


def test_a_foreign_payer_owes_no_russian_vat(container: Container) -> None:
    create_seller(container)
    create_connector(container)
    customer = create_customer(container)
    put(container, customer)
    assert priced(container, customer).vat == Money(17_852, "RUB")
    create_payer(container, customer, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    assert priced(container, customer).vat == Money(0, "RUB")
    assert priced(container, customer).lines[0].vat_rate is None
