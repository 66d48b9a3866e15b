"""Saved methods: which one pays a subscription, and a new one that pays what is open (H6, G4)."""

from __future__ import annotations

from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.invoice import DUNNED
from app.services.charging import Charging, request_charge
from app.services.subscriptions import Asked, Unchanged, asked_subscription
from app.services.unit_of_work import Transactions


def choose_payment_method(transactions: Transactions, asked: Asked, *, method_id: int | None) -> None:
    """Let this saved method pay the subscription's renewals; None is the customer's newest one.

    Raises NotFound for another customer's or a deleted method.
    """
    with asked_subscription(transactions, asked, "payment_method", method=method_id) as (work, row):
        if method_id is not None:
            work.payment_methods.one_of_customer(row.customer_id, method_id)
        if row.payment_method_id == method_id:
            raise Unchanged
        row.payment_method_id = method_id


def delete_payment_method(
    transactions: Transactions, *, customer_id: int, method_id: int, now: datetime
) -> None:
    """Delete a saved method: it is never charged again, and subscriptions that named it take another.

    Raises NotFound.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        method = work.payment_methods.one_of_customer(customer_id, method_id)
        method.deleted_at = now
        for row in work.subscriptions.of_customer(customer_id):
            if row.payment_method_id == method_id:
                row.payment_method_id = None
        work.audit("payment_method.delete", "payment_method", method_id, customer_id=customer_id, now=now)


def pay_open_invoices(charging: Charging, *, customer_id: int, method_id: int, now: datetime) -> list[int]:
    """Promise that a new method is charged at once for every invoice in dunning; answers their ids.

    One whose money may be on its way already is left alone.
    """
    with charging.transactions.reading() as repositories:
        unpaid = [
            row.id for row in repositories.invoices.open_of_customer(customer_id) if row.purpose in DUNNED
        ]
    promised = []
    for invoice_id in unpaid:
        try:
            request_charge(
                charging, customer_id=customer_id, invoice_id=invoice_id, method_id=method_id, now=now
            )
        except BillingError:
            continue
        promised.append(invoice_id)
    return promised
