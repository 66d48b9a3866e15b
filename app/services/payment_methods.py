"""Saved methods: which one pays a subscription, the default, a new one that pays what is open (H6, G4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.billing.actors import Actor
from app.billing.errors import BillingError, Conflict
from app.billing.invoice import DUNNED, PaymentMethodKind
from app.billing.ports import PaymentProvider
from app.models import PaymentMethod
from app.services.charging import Charging, request_charge
from app.services.renewal_dates import reschedule
from app.services.subscriptions import Asked, Unchanged, asked_subscription
from app.services.unit_of_work import Transactions, UnitOfWork


class ChargedByItself(Conflict):
    """What is priced per operation is charged to a saved method; it can't wait for an invoice to be paid."""

    code = "METHOD_REQUIRED"


def choose_payment_method(transactions: Transactions, asked: Asked, *, method_id: int | None) -> None:
    """Let this saved method pay the subscription's renewals; None is the customer's default one.

    Raises NotFound for another customer's or a deleted method.
    """
    with asked_subscription(transactions, asked, "payment_method", method=method_id) as (work, row):
        if method_id is not None:
            work.payment_methods.one_of_customer(row.customer_id, method_id)
        if (row.method, row.payment_method_id) == (PaymentMethodKind.CARD, method_id):
            raise Unchanged
        by_invoice = row.method is not PaymentMethodKind.CARD
        row.method, row.payment_method_id = PaymentMethodKind.CARD, method_id
        if by_invoice:
            reschedule(work, [row])


def pay_by_invoice(transactions: Transactions, asked: Asked) -> None:
    """Let nothing pay the subscription by itself: its invoices come ahead and are paid as the customer likes.

    Raises NotFound, ChargedByItself.
    """
    with asked_subscription(transactions, asked, "payment_method", method="invoice") as (work, row):
        if row.method is PaymentMethodKind.BANK_TRANSFER:
            raise Unchanged
        if row.metered:
            raise ChargedByItself(f"subscription {row.id}")
        row.method, row.payment_method_id = PaymentMethodKind.BANK_TRANSFER, None
        reschedule(work, [row])


def prefer_payment_method(
    transactions: Transactions, *, customer_id: int, method_id: int, now: datetime
) -> None:
    """Make a saved method the default: it pays whatever names no other one. Raises NotFound."""
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        method = work.payment_methods.one_of_customer(customer_id, method_id)
        method.preferred_at = now
        for other in work.payment_methods.of_customer(customer_id):
            if other.id != method_id:
                other.preferred_at = None
        work.audit("payment_method.prefer", "payment_method", method_id, customer_id=customer_id, now=now)


def delete_payment_method(
    transactions: Transactions, *, customer_id: int, method_id: int, now: datetime
) -> None:
    """Delete a saved method: it is never charged again, and subscriptions that named it take another.

    Raises NotFound.
    """
    with transactions.begin(Actor.customer(customer_id)) as work:
        work.customers.get(customer_id, lock=True)
        method = work.payment_methods.one_kept(customer_id, method_id)
        supersede(work, method, None)
        retire(work, method, now)
        work.audit("payment_method.delete", "payment_method", method_id, customer_id=customer_id, now=now)


def supersede(work: UnitOfWork, old: PaymentMethod, new: PaymentMethod | None) -> None:
    """Let the new method pay whatever the old one was named for; without one the default does."""
    for row in work.subscriptions.of_customer(old.customer_id):
        if row.payment_method_id == old.id:
            row.payment_method_id = None if new is None else new.id
    if new is not None and old.preferred_at is not None:
        new.preferred_at = old.preferred_at


def retire(work: UnitOfWork, method: PaymentMethod, now: datetime) -> None:
    """Never charge the method again, and have its provider forget it."""
    method.deleted_at, method.preferred_at = now, None
    work.promise_job("payment.forget_method", customer_id=method.customer_id, method_id=method.id)


def forget_method(
    transactions: Transactions, providers: Mapping[str, PaymentProvider], *, method_id: int
) -> None:
    """Have the provider forget a deleted method; one that was added again meanwhile stays.

    Raises PROVIDER_UNAVAILABLE when it can't be asked now: the work waits for another try.
    """
    with transactions.reading() as repositories:
        method = repositories.payment_methods.get(method_id)
    provider = providers.get(method.provider)
    if method.deleted_at is None:
        return
    if provider is None or not provider.forget_method(method.token):
        raise Conflict(f"payment method {method_id}", code="PROVIDER_UNAVAILABLE")


def pay_open_invoices(charging: Charging, *, customer_id: int, method_id: int, now: datetime) -> list[int]:
    """Promise that a new method is charged at once for every invoice in dunning; answers their ids.

    One whose money may be on its way already is left alone.
    """
    with charging.transactions.reading() as repositories:
        unpaid = [
            row.id
            for row in repositories.invoices.open_of_customer(customer_id)
            if row.purpose in DUNNED and row.first_failed_at is not None
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
