"""How customers of a story buy: a cart, perhaps a promo code, an order, a way to pay."""

from __future__ import annotations

from app.billing.invoice import PaymentMethodKind
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.models import Subscription
from app.services.carts import add_to_cart
from app.services.ordering import Order, place_order
from app.services.promotions import apply_promo_code
from app.services.resuming import resume_subscription
from app.simulation.customers import SimulatedCustomer
from app.simulation.life import Account, Life
from app.simulation.paying import pay_on_page, pay_with_saved_card
from app.simulation.shop import CONNECTORS, PREMIUM, PROMO_CODES


def buy(life: Life, customer: SimulatedCustomer, account: Account) -> None:
    """Put something into the cart, order it and go to pay."""
    dice = customer.dice
    for slug in _wanted(customer, account):
        interval = dice.weighted({BillingInterval.MONTH: 8, BillingInterval.YEAR: 2})
        make_account = customer.account(dice.whole(1, 3)) if dice.chance(0.3) else None
        _put_into_cart(life, customer, slug, interval, make_account)
    if dice.chance(0.25):
        code = dice.pick(PROMO_CODES).code
        life.ask(
            customer,
            "give a promo code",
            lambda: apply_promo_code(
                life.world.transactions, customer_id=customer.id, code=code, now=life.now
            ),
        )
    _order(life, customer, account)


def resume(life: Life, customer: SimulatedCustomer, account: Account, row: Subscription) -> None:
    """Order a new period of what has ended."""
    invoices: list[int] = []
    method = customer.method
    life.ask(
        customer,
        "resume",
        lambda: invoices.append(
            resume_subscription(life.world.transactions, life.asked(customer, row), method=method)
        ),
    )
    if invoices:
        _needs_money(life, customer, [row])
        pay(life, customer, account, invoices[0])


def pay(life: Life, customer: SimulatedCustomer, account: Account, invoice_id: int) -> None:
    """Pay an open invoice in the customer's way. A transfer is sent when the invoice comes by mail."""
    with life.world.transactions.reading() as repositories:
        invoice = repositories.invoices.one_of_customer(customer.id, invoice_id)
    if invoice.method is PaymentMethodKind.BANK_TRANSFER and not customer.dice.chance(0.1):
        return
    if account.methods and customer.dice.chance(0.4):
        pay_with_saved_card(life, customer, invoice, account.methods[0])
    else:
        pay_on_page(life, customer, invoice_id)


def _wanted(customer: SimulatedCustomer, account: Account) -> list[str]:
    """What was tried first, and something else."""
    tried = [row.connector.slug for row in account.subscriptions if row.status is SubscriptionStatus.TRIAL]
    if tried and customer.dice.chance(0.8):
        return customer.dice.some(sorted(tried), customer.dice.whole(1, len(tried)))
    return customer.dice.some(sorted(CONNECTORS | PREMIUM), customer.dice.whole(1, 2))


def _put_into_cart(
    life: Life,
    customer: SimulatedCustomer,
    slug: str,
    interval: BillingInterval,
    make_account: str | None,
) -> None:
    life.ask(
        customer,
        "put into the cart",
        lambda: add_to_cart(
            life.world.transactions,
            customer_id=customer.id,
            slug=slug,
            interval=interval,
            make_account=make_account,
            now=life.now,
        ),
    )


def _order(life: Life, customer: SimulatedCustomer, account: Account) -> None:
    with life.world.transactions.reading() as repositories:
        cart = repositories.carts.open_cart(customer.id)
    if cart is None:
        return
    invoices: list[int] = []
    order = Order(customer.id, cart.id, customer.method)

    def send_order() -> None:
        invoices.append(place_order(life.world.transactions, order=order, now=life.now))

    life.ask(customer, "order", send_order)
    if customer.dice.chance(0.04):
        life.ask(customer, "order", send_order)
    if invoices:
        with life.world.transactions.reading() as repositories:
            ordered = repositories.invoices.one_of_customer(customer.id, invoices[0])
            rows = [line.subscription for line in ordered.lines]
        _needs_money(life, customer, rows)
        pay(life, customer, account, invoices[0])


def _needs_money(life: Life, customer: SimulatedCustomer, rows: list[Subscription]) -> None:
    """What was ordered anew gives access for new money only."""
    for row in rows:
        if row.status is not SubscriptionStatus.TRIAL:
            customer.wish(row.id).closed_since = life.now
            customer.wish(row.id).leaving_since = None
