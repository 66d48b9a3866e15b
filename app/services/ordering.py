"""From the cart to the invoice (B4, J1): one cart makes one invoice, however often it is submitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.billing.actors import Actor
from app.billing.checkout import WantedSubscription, subscription_for
from app.billing.errors import Conflict, NotFound
from app.billing.invoice import InvoicePurpose, PaymentMethodKind, due_date
from app.billing.periods import local_date
from app.billing.subscription import SubscriptionStatus
from app.models import Cart, Customer, Payer, Subscription
from app.services.carts import PricedCart, PricedLine, price_cart
from app.services.closing import close_over
from app.services.invoicing import InvoiceDraft, LineDraft, issue_invoices
from app.services.line_texts import document_language, first_purchase_text
from app.services.receipts import Receipt, receive
from app.services.unit_of_work import Transactions, UnitOfWork


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
        (issued,) = issue_invoices(work, [_draft(order, payer, priced, subscriptions, now)], now)
        if not issued.due:
            _settle_at_once(work, issued.id, now)
        return issued.id


def _settle_at_once(work: UnitOfWork, invoice_id: int, now: datetime) -> None:
    """The balance covers it, or a code made it free: nobody is asked for money."""
    work.write_records()
    receive(work, [Receipt(invoice) for invoice in work.invoices.locked_all([invoice_id])], now)


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
    close_over(work, list(held.values()), now)
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
    row.interval, row.metered = each.line.interval, False
    return row


def _draft(
    order: Order, payer: Payer, priced: PricedCart, subscriptions: list[Subscription], now: datetime
) -> InvoiceDraft:
    language = document_language(payer.country)
    code = priced.promo_code
    return InvoiceDraft(
        customer_id=order.customer_id,
        payer=payer,
        purpose=InvoicePurpose.ORDER,
        method=order.method,
        due_on=due_date(local_date(now)),
        cart_id=order.cart_id,
        promo_code_id=code.id if code else None,
        redeems=frozenset({code.id}) if code else frozenset(),
        lines=tuple(
            LineDraft(
                subscription_id=row.id,
                connector_id=row.connector_id,
                description=first_purchase_text(language, each.line.connector.name, each.line.interval),
                interval=each.line.interval,
                price=each.price.amount,
                price_version_id=each.price.id,
                promo=priced.promo,
            )
            for each, row in zip(priced.lines, subscriptions, strict=True)
        ),
    )
