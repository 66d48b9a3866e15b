"""The cart (B2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict, NotFound
from app.billing.money import Money, total
from app.billing.periods import BillingInterval, local_date
from app.billing.tax import included_vat, tax_treatment
from app.models import Cart, CartLine, PriceVersion
from app.services.unit_of_work import Repositories, Transactions

LARGEST_CART = 50


class CartFull(Conflict):
    """The cart holds as many lines as an invoice may have."""

    code = "CART_FULL"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of the cart at the price in force now, VAT inside."""

    line: CartLine
    price: PriceVersion
    amount: Money
    vat_rate: int | None
    vat: Money


@dataclass(frozen=True, slots=True)
class PricedCart:
    """The cart with its totals; the invoice made from it will have the same."""

    cart: Cart
    lines: tuple[PricedLine, ...]
    total: Money
    vat: Money


def add_to_cart(
    transactions: Transactions,
    *,
    customer_id: int,
    slug: str,
    interval: BillingInterval,
    make_account: str | None,
    now: datetime,
) -> None:
    """Put a connector into the open cart; the same connector, account and period twice is one line.

    Raises NotFound for a connector that is not sold in the customer's currency, CartFull.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        customer = work.customers.get(customer_id, lock=True)
        connector = work.connectors.published_by_slug(slug)
        if (connector.id, interval, customer.currency) not in work.connectors.prices(
            [connector.id], customer.currency, now
        ):
            raise NotFound("price")
        cart = work.carts.open_cart(customer_id) or work.carts.add(
            Cart(customer_id=customer_id, created_at=now, lines=[])
        )
        wanted = (connector.id, make_account)
        for line in cart.lines:
            if (line.connector_id, line.make_account) == wanted:
                line.interval = interval
                return
        if len(cart.lines) >= LARGEST_CART:
            raise CartFull()
        cart.lines.append(CartLine(connector_id=connector.id, interval=interval, make_account=make_account))


def remove_from_cart(transactions: Transactions, *, customer_id: int, line_id: int) -> None:
    """Take a line out of the open cart; a line that is gone already is no error."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        cart = work.carts.open_cart(customer_id, lock=True)
        if cart is not None:
            cart.lines = [line for line in cart.lines if line.id != line_id]


def price_cart(repositories: Repositories, cart: Cart, currency: str, now: datetime) -> PricedCart:
    """The cart at the prices in force now. Raises NotFound when a line is no longer sold."""
    seller = repositories.sellers.current()
    payer = repositories.payers.of_customer(cart.customer_id)
    buyer = payer or repositories.customers.get(cart.customer_id)
    vat_rate = tax_treatment(seller.dated_tax_regimes(), local_date(now), buyer.country).rate
    prices = repositories.connectors.prices([line.connector_id for line in cart.lines], currency, now)
    lines = []
    for line in cart.lines:
        price = prices.get((line.connector_id, line.interval, currency))
        if price is None:
            raise NotFound("price", code="NO_LONGER_SOLD")
        vat = included_vat(price.amount, vat_rate)
        lines.append(PricedLine(line=line, price=price, amount=price.amount, vat_rate=vat_rate, vat=vat))
    return PricedCart(
        cart=cart,
        lines=tuple(lines),
        total=total((line.amount for line in lines), currency),
        vat=total((line.vat for line in lines), currency),
    )
