"""Customers with a paid month and a saved card, made by real purchases, and what became of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from app.billing.money import Money
from app.bootstrap import Container
from app.models import (
    CreditKind,
    CustomerCredit,
    Invoice,
    OutboxMessage,
    OutboxStatus,
    PayerKind,
    PaymentMethod,
    Subscription,
)
from tests.factories import FACTORY, create_customer, create_payer, order, pay_by_card, rows
from tests.faults.books import charges
from tests.faults.moments import announced, move_to
from tests.ledger_rows import registered
from tests.services.charges import ask_for_charge

PRICE = Money(99_000, "RUB")
DECLINED_LATER = "tok_declined_later"
"""A card that pays on the acquirer's page and is declined at every renewal."""
TORTURES = int(os.environ.get("TORTURE_REPETITIONS", "500"))
"""How often a race is run where there are hours for it (`-m torture`)."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A customer who has paid for one month of the CRM connector, which ends at `end`."""

    customer_id: int
    subscription_id: int
    end: datetime


def subscriber(container: Container, token: str = "tok_visa") -> Subscriber:
    """A new customer who has just bought."""
    customer_id = create_customer(container, f"{uuid4().hex}@example.com")
    registered(container, customer_id)
    create_payer(container, customer_id, kind=PayerKind.INDIVIDUAL, inn=None, kpp=None)
    pay_by_card(container, customer_id, order(container, customer_id, "crm-connector"), token)
    (row,) = rows(container, Subscription, customer_id=customer_id)
    assert row.period_end is not None
    return Subscriber(customer_id, row.id, row.period_end)


def due_subscribers(container: Container, count: int, token: str = "tok_visa") -> list[Subscriber]:
    """So many new customers at the moment at which the renewals of all of them are due."""
    several = [subscriber(container, token) for _ in range(count)]
    move_to(container, announced(container, several[-1].subscription_id))
    return several


def order_by_saved_card(container: Container, who: Subscriber) -> int:
    """Order another connector and choose the saved card; a worker is to charge it. The invoice's id."""
    invoice_id = order(container, who.customer_id, "mail-connector")
    (method,) = rows(container, PaymentMethod, customer_id=who.customer_id)
    done_with_documents(container)
    ask_for_charge(container, who.customer_id, invoice_id, method.id)
    return invoice_id


def done_with_documents(container: Container) -> None:
    """Take every document for made: a worker that finds none to make starts no renderer."""
    with container.transactions.begin(FACTORY) as work:
        for message in work.session.query(OutboxMessage).filter_by(name="document.render"):
            message.status = OutboxStatus.DONE


def subscription(container: Container, who: Subscriber) -> Subscription:
    """How the subscription stands."""
    return rows(container, Subscription, id=who.subscription_id)[0]


def renewal_charges(container: Container, who: Subscriber) -> list[Money]:
    """What the acquirer has taken of the customer after the first purchase."""
    taken = [each for each in charges(container) if each.customer_reference == str(who.customer_id)]
    return [each.amount for each in sorted(taken, key=lambda charge: charge.created_at)][1:]


def balance(container: Container, who: Subscriber) -> Money:
    """The money that is the customer's."""
    held = rows(container, CustomerCredit, customer_id=who.customer_id, kind=CreditKind.BALANCE)
    return Money(sum(credit.amount_minor for credit in held), "RUB")


def invoices(container: Container, who: Subscriber) -> list[Invoice]:
    """The customer's invoices, oldest first."""
    return rows(container, Invoice, customer_id=who.customer_id)
