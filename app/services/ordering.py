"""From the cart to the invoice (B4, J1): one cart makes one invoice, however often it is submitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.checkout import WantedSubscription, subscription_for
from app.billing.errors import Conflict, NotFound
from app.billing.invoice import INVOICE_SERIES, InvoiceStatus, PaymentMethodKind, due_date
from app.billing.periods import BillingInterval, local_date
from app.billing.subscription import SubscriptionStatus
from app.models import Cart, Customer, Invoice, InvoiceLine, Payer, Subscription
from app.services.carts import PricedCart, PricedLine, price_cart
from app.services.closing import close_if_over
from app.services.document_production import issue_invoice_document
from app.services.unit_of_work import Transactions, UnitOfWork

LINE_TEXT = {
    ("ru", BillingInterval.MONTH): "Доступ к коннектору «{name}», 1 месяц с даты оплаты",
    ("ru", BillingInterval.YEAR): "Доступ к коннектору «{name}», 12 месяцев с даты оплаты",
    ("en", BillingInterval.MONTH): "Access to the connector “{name}”, 1 month from the date of payment",
    ("en", BillingInterval.YEAR): "Access to the connector “{name}”, 12 months from the date of payment",
}


class EmptyCart(Conflict):
    """There is nothing to buy."""

    code = "CART_EMPTY"


class PayerRequired(Conflict):
    """Documents need a payer first."""

    code = "PAYER_REQUIRED"


@dataclass(frozen=True, slots=True)
class Order:
    """Which cart is bought and how it will be paid."""

    customer_id: int
    cart_id: int
    method: PaymentMethodKind


def place_order(transactions: Transactions, *, order: Order, now: datetime) -> int:
    """Make the invoice of the cart with its subscriptions and document; returns the invoice's id.

    The same cart again returns the same invoice. Raises EmptyCart, PayerRequired, AlreadySubscribed,
    OrderPending, NotFound for another customer's cart or a line that is no longer sold.
    """
    with transactions.begin(Actor.customer(order.customer_id)) as work:
        customer = work.customers.get(order.customer_id, lock=True)
        cart = work.carts.of_customer(order.customer_id, order.cart_id, lock=True)
        if cart is None:
            raise NotFound("cart")
        if cart.checked_out_at is not None:
            return _invoice_made_before(work, cart)
        if not cart.lines:
            raise EmptyCart()
        payer = work.payers.of_customer(order.customer_id)
        if payer is None:
            raise PayerRequired()
        priced = price_cart(work, cart, customer.currency, now)
        subscriptions = _subscriptions(work, customer, priced, now)
        cart.checked_out_at = now
        invoice = _issue(work, order, payer, priced, subscriptions, now)
        issue_invoice_document(work, invoice, now)
        return invoice.id


def _invoice_made_before(work: UnitOfWork, cart: Cart) -> int:
    invoice = work.invoices.of_cart(cart.id)
    if invoice is None:
        raise NotFound("invoice")
    return invoice.id


def _subscriptions(
    work: UnitOfWork, customer: Customer, priced: PricedCart, now: datetime
) -> list[Subscription]:
    """The subscription of each line: the row that the line continues, or a new one that is pending.

    The rows are locked: a check may be binding one of them to a Make account at this moment.
    """
    held = {
        row.id: row
        for row in work.subscriptions.locked([row.id for row in work.subscriptions.of_customer(customer.id)])
    }
    for row in held.values():
        close_if_over(work, row, now)
    facts = [row.facts() for row in held.values()]
    ordered = work.invoices.subscriptions_awaiting_payment(customer.id)
    chosen: list[Subscription] = []
    for each in priced.lines:
        wanted = WantedSubscription(each.line.connector.slug, each.line.make_account)
        continued = subscription_for(wanted, facts, ordered, taken=[row.id for row in chosen])
        if continued is None:
            chosen.append(_new_subscription(work, customer, each, now))
        else:
            chosen.append(_continue(work, held[continued], each, now))
    return chosen


def _new_subscription(work: UnitOfWork, customer: Customer, each: PricedLine, now: datetime) -> Subscription:
    row = work.subscriptions.add(
        Subscription(
            customer_id=customer.id,
            connector_id=each.line.connector_id,
            make_account=each.line.make_account,
            status=SubscriptionStatus.PENDING,
            interval=each.line.interval,
            currency=customer.currency,
            created_at=now,
        )
    )
    work.record_status("subscription", row.id, None, SubscriptionStatus.PENDING, "ordered", now)
    return row


def _continue(work: UnitOfWork, row: Subscription, each: PricedLine, now: datetime) -> Subscription:
    if row.status is SubscriptionStatus.EXPIRED:
        work.move_subscription(row, SubscriptionStatus.PENDING, "ordered again", now)
        row.auto_renew = True  # what was switched off belonged to the stretch that has ended
    if row.make_account is None:
        row.make_account = each.line.make_account
    row.interval = each.line.interval
    return row


def _issue(
    work: UnitOfWork,
    order: Order,
    payer: Payer,
    priced: PricedCart,
    subscriptions: list[Subscription],
    now: datetime,
) -> Invoice:
    """Write the invoice. Its number is taken last: the series stays locked until the commit."""
    seller = work.sellers.current()
    issued_on = local_date(now)
    language = "ru" if payer.country == "RU" else "en"
    invoice = Invoice(
        seller_id=seller.id,
        customer_id=order.customer_id,
        payer_id=payer.id,
        cart_id=order.cart_id,
        series=INVOICE_SERIES,
        year=issued_on.year,
        status=InvoiceStatus.OPEN,
        method=order.method,
        currency=priced.total.currency,
        total_minor=priced.total.minor,
        vat_minor=priced.vat.minor,
        issued_on=issued_on,
        issued_at=now,
        due_on=due_date(issued_on),
        lines=[
            _line(position, each, row, language)
            for position, (each, row) in enumerate(zip(priced.lines, subscriptions, strict=True), start=1)
        ],
    )
    (invoice.number,) = work.invoices.take_numbers(seller.id, INVOICE_SERIES, issued_on.year)
    work.invoices.add(invoice)
    work.record_status("invoice", invoice.id, None, InvoiceStatus.OPEN, "issued", now)
    return invoice


def _line(position: int, each: PricedLine, row: Subscription, language: str) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        subscription_id=row.id,
        price_version_id=each.price.id,
        description=LINE_TEXT[language, each.line.interval].format(name=each.line.connector.name),
        interval=each.line.interval,
        currency=each.amount.currency,
        total_minor=each.amount.minor,
        vat_rate=each.vat_rate,
        vat_minor=each.vat.minor,
    )
