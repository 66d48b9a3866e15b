"""Refunds between real orders, renewals and charges: every invariant holds after each step (H7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing.actors import Actor
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.ledger import money_received
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import CreditKind, Invoice, Payment, Refund, Subscription, SubscriptionPeriod
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.bookkeeping import Cause, book
from app.services.refunds import RefundRequest, approve_refund, mark_refund_sent, request_refund
from app.services.renewal_dates import reschedule
from app.services.renewals import renew_due
from app.services.revenue import recognise_revenue
from app.services.subscriptions import Asked, take_back_cancellation
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, check, production_key, rows
from tests.ledger_rows import assert_everything_ties, registered

ANNA = Actor.staff("anna")
YEAR = BillingInterval.YEAR


def give_back(container: Container, customer_id: int, line_id: int) -> int:
    """Ask, approve; the refund's id."""
    refund_id = request_refund(
        container.transactions,
        actor=Actor.customer(customer_id),
        request=RefundRequest(customer_id, line_id, "не нужен"),
        now=container.clock.now(),
    )
    approve_refund(
        container.transactions, actor=ANNA, refund_id=refund_id, reason="да", now=container.clock.now()
    )
    return refund_id


def test_a_refund_closes_the_check_at_once(container: Container, clock: ManualClock, alice: int) -> None:
    buy(container, alice, "crm-connector", interval=YEAR)
    key = production_key(container, alice)
    assert check(container, key, "acc-1").allowed
    clock.advance(days=40)
    give_back(container, alice, 1)
    assert not check(container, key, "acc-1").allowed
    assert_everything_ties(container)

    assert rows(container, Refund)[0].status is RefundStatus.SENT, "the provider was asked meanwhile"
    recognise_revenue(container.transactions, now=clock.now())
    assert_everything_ties(container)
    clock.advance(days=400)
    recognise_revenue(container.transactions, now=clock.now())
    assert_everything_ties(container)


def test_money_of_the_balance_comes_back_and_pays_again(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector", "mail-connector")
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        work.move_subscription(row, SubscriptionStatus.CANCELED, "made", clock.now())
    give_back(container, alice, 1)
    give_back(container, alice, 2)
    assert_everything_ties(container)

    clock.advance(days=1)
    buy(container, alice, "crm-connector")
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    assert_everything_ties(container)


@pytest.fixture(autouse=True)
def alice_is_registered(container: Container, alice: int) -> None:
    """Her history is complete."""
    registered(container, alice)


@pytest.fixture
def transfer_invoiced(container: Container, clock: ManualClock, alice: int) -> Invoice:
    """A year with 10 days left whose next one is invoiced for a bank transfer."""
    buy(container, alice, "crm-connector", interval=YEAR)
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(1)
        row.method = PaymentMethodKind.BANK_TRANSFER
        reschedule(work, [row])
    clock.advance(days=355)
    renew_due(container.billing_run(clock.now()))
    (_, invoice) = rows(container, Invoice)
    assert invoice.status is InvoiceStatus.OPEN
    return invoice


def test_an_open_renewal_invoice_does_not_stay(
    container: Container, clock: ManualClock, alice: int, transfer_invoiced: Invoice
) -> None:
    give_back(container, alice, 1)

    (invoice,) = rows(container, Invoice, id=transfer_invoiced.id)
    assert invoice.status is InvoiceStatus.VOID
    (row,) = rows(container, Subscription)
    assert (row.status, row.notice_due_at, row.renewal_due_at) == (SubscriptionStatus.EXPIRED, None, None)
    recognise_revenue(container.transactions, now=clock.now())
    assert_everything_ties(container)


def pay_transfer(container: Container, invoice: Invoice, reference: str) -> None:
    transfer = Transfer(invoice.id, invoice.total, reference)
    receive_transfer(container.transactions, actor=ANNA, transfer=transfer, now=container.clock.now())


def test_a_year_paid_ahead_goes_back_and_may_be_wanted_after_all(
    container: Container, clock: ManualClock, alice: int, transfer_invoiced: Invoice
) -> None:
    pay_transfer(container, transfer_invoiced, "tr-1")
    (row,) = rows(container, Subscription)
    running_until = row.period_start
    assert running_until is not None
    refund_id = give_back(container, alice, 2)
    assert rows(container, Refund)[0].amount == transfer_invoiced.total
    mark_refund_sent(
        container.transactions, actor=ANNA, refund_id=refund_id, reference="p/o 7", now=clock.now()
    )
    (row,) = rows(container, Subscription)
    assert row.status is SubscriptionStatus.CANCELED
    assert row.period_end == running_until + timedelta(microseconds=1)
    assert_everything_ties(container)

    clock.advance(days=1)
    take_back_cancellation(container.transactions, Asked.by_customer(alice, row.id, clock.now()))
    renew_due(container.billing_run(clock.now()))
    invoice = rows(container, Invoice)[-1]
    assert (invoice.status, invoice.total) == (InvoiceStatus.OPEN, transfer_invoiced.total)
    pay_transfer(container, invoice, "tr-2")

    (row,) = rows(container, Subscription)
    assert row.status is SubscriptionStatus.ACTIVE
    assert [period.ends_at for period in rows(container, SubscriptionPeriod)][1:] == [
        running_until + timedelta(microseconds=1),
        row.period_end,
    ]
    clock.advance(days=400)
    recognise_revenue(container.transactions, now=clock.now())
    assert_everything_ties(container)


def test_a_refund_partly_of_the_balance_ties(container: Container, clock: ManualClock, alice: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(alice, CreditKind.BALANCE, Money(50_000, "RUB"))
        cause = Cause(work.sellers.current().id, alice)
        book(work, money_received("test", Money(0, "RUB"), Money(50_000, "RUB")), cause, clock.now())
    buy(container, alice, "crm-connector", "mail-connector")
    clock.advance(days=2)
    give_back(container, alice, 1)
    assert [(each.provider, each.refunded_minor) for each in rows(container, Payment)] == [
        ("test", 74_000),
        ("balance", 25_000),
    ]
    assert_everything_ties(container)
    give_back(container, alice, 2)
    assert [each.refunded_minor for each in rows(container, Payment)] == [148_000, 50_000]
    assert [refund.status for refund in rows(container, Refund)] == [RefundStatus.SENT, RefundStatus.APPROVED]
    assert_everything_ties(container)
    assert [refund.status for refund in rows(container, Refund)] == [RefundStatus.SENT] * 2
