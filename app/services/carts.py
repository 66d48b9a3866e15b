"""The cart (B2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import Conflict, NotFound
from app.billing.money import Money, total
from app.billing.periods import BillingInterval, local_date
from app.billing.promotions import PricedItem, PromoCodeFacts, discounts, require_promo
from app.billing.tax import included_vat, tax_treatment
from app.models import Cart, CartLine, ConnectorPricing, PriceVersion, PromoCode
from app.repositories.promotions import promo_facts
from app.services.unit_of_work import Repositories, Transactions

LARGEST_CART = 50


class CartFull(Conflict):
    """The cart holds as many lines as an invoice may have."""

    code = "CART_FULL"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of the cart at the price in force now; `amount` is after the promo code, VAT inside."""

    line: CartLine
    price: PriceVersion
    amount: Money
    vat_rate: int | None
    vat: Money


@dataclass(frozen=True, slots=True)
class PricedCart:
    """The cart with its totals; the invoice made from it will have the same, less goodwill."""

    cart: Cart
    lines: tuple[PricedLine, ...]
    total: Money
    vat: Money
    promo_code: PromoCode | None = None
    promo: PromoCodeFacts | None = None

    @property
    def discount(self) -> Money:
        """What the promo code takes off."""
        return total((each.price.amount - each.amount for each in self.lines), self.total.currency)


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
        prices = work.connectors.prices([connector.id], customer.currency, now)
        sold_by_period = connector.pricing is ConnectorPricing.PERIOD
        if not sold_by_period or (connector.id, interval, customer.currency) not in prices:
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
    """The cart at the prices in force now.

    Raises NotFound when a line is no longer sold, PromoRefused when its promo code has come to its end.
    """
    prices = _prices(repositories, cart, currency, now)
    code = None if cart.promo_code_id is None else repositories.promo_codes.get(cart.promo_code_id)
    promo = None if code is None else usable_promo(repositories, code, cart, currency, now)
    items = [PricedItem(line.connector_id, price.amount) for line, price in prices]
    taken_off = discounts(items, promo, Money.zero(currency)).lines
    vat_rate = _vat_rate(repositories, cart, now)
    lines = []
    for (line, price), discount in zip(prices, taken_off, strict=True):
        amount = price.amount - discount
        vat = included_vat(amount, vat_rate)
        lines.append(PricedLine(line=line, price=price, amount=amount, vat_rate=vat_rate, vat=vat))
    return PricedCart(
        cart=cart,
        lines=tuple(lines),
        total=total((line.amount for line in lines), currency),
        vat=total((line.vat for line in lines), currency),
        promo_code=code,
        promo=promo,
    )


def usable_promo(
    repositories: Repositories, code: PromoCode, cart: Cart, currency: str, now: datetime
) -> PromoCodeFacts:
    """What the code takes off this cart; raises PromoRefused when this customer can't use it now."""
    customer_id = cart.customer_id
    facts = promo_facts(
        code,
        customer_id=customer_id,
        redemptions_of_customer=repositories.promo_codes.redemptions_of(customer_id, code.id),
        customer_has_paid=repositories.invoices.has_paid(customer_id),
    )
    require_promo(facts, currency, {line.connector_id for line in cart.lines}, now)
    return facts


def _prices(
    repositories: Repositories, cart: Cart, currency: str, now: datetime
) -> list[tuple[CartLine, PriceVersion]]:
    in_force = repositories.connectors.prices([line.connector_id for line in cart.lines], currency, now)
    priced = []
    for line in cart.lines:
        price = in_force.get((line.connector_id, line.interval, currency))
        if price is None:
            raise NotFound("price", code="NO_LONGER_SOLD")
        priced.append((line, price))
    return priced


def _vat_rate(repositories: Repositories, cart: Cart, now: datetime) -> int | None:
    seller = repositories.sellers.current()
    buyer = repositories.payers.of_customer(cart.customer_id) or repositories.customers.get(cart.customer_id)
    return tax_treatment(seller.dated_tax_regimes(), local_date(now), buyer.country).rate
