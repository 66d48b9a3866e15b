"""A line leaves an open renewal invoice: what was reserved goes back, what was begun goes on (design §3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import CreditKind, Invoice
from app.services.subscriptions import cancel_subscription
from tests.clock import ManualClock
from tests.factories import buy
from tests.ledger_rows import assert_everything_ties, registered
from tests.payments.gateways import Bank
from tests.services.charges import PRICE
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    asked,
    change,
    credit,
    give,
    invoices,
    live_until,
    open_invoice,
    saved_card,
    subscription,
    sweep_at,
)

PART = Money(30_000, "RUB")


@pytest.fixture
def bank() -> Bank:
    """A provider that declines Alice's card."""
    bank = Bank()
    bank.refuse("pm:tok_visa:1")
    return bank


@pytest.fixture
def bought(container: Container, alice: int) -> int:
    """Alice with two connectors that end on one day; they renew on one invoice."""
    registered(container, alice)
    buy(container, alice, "crm-connector", "mail-connector")
    return alice


def declined(container: Container, clock: ManualClock, bank: Bank) -> Invoice:
    """The renewal invoice, whose charge was declined on its day."""
    live_until(container, clock, DAY_OF_END - DAY, bank)
    sweep_at(container, clock, DAY_OF_END, bank)
    return open_invoice(container)


def test_what_remains_is_dunned_from_the_first_failure_on(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    before = declined(container, clock, bank)
    clock.advance(hours=1)

    cancel_subscription(container.transactions, asked(container, bought))

    after = open_invoice(container)
    assert after.id != before.id
    assert after.replaces_id == before.id
    assert [line.subscription_id for line in after.lines] == [2]
    assert (after.first_failed_at, after.next_attempt_at) == (DAY_OF_END, DAY_OF_END + DAY)
    sweep_at(container, clock, DAY_OF_END + timedelta(days=3), bank)
    sweep_at(container, clock, DAY_OF_END + timedelta(days=7), bank)
    assert subscription(container, 2).status is SubscriptionStatus.SUSPENDED
    assert_everything_ties(container)


def test_an_invoice_without_lines_is_void_and_gives_the_balance_back(
    container: Container, clock: ManualClock, bank: Bank, alice: int
) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector")
    give(container, alice, PART.minor)
    give(container, alice, PART.minor, CreditKind.GOODWILL)
    invoice = declined(container, clock, bank)
    assert (invoice.balance_minor, invoice.goodwill_minor) == (PART.minor, PART.minor)
    assert (credit(container, alice), credit(container, alice, CreditKind.GOODWILL)) == (PART * 0, PART * 0)

    cancel_subscription(container.transactions, asked(container, alice))

    assert [each.status for each in invoices(container)] == [InvoiceStatus.PAID, InvoiceStatus.VOID]
    assert (credit(container, alice), credit(container, alice, CreditKind.GOODWILL)) == (PART, PART)
    sweep_at(container, clock, DAY_OF_END + 7 * DAY, bank)
    assert len(bank.requests) == 1
    assert_everything_ties(container)


@pytest.mark.parametrize("kind", list(CreditKind))
def test_invoices_of_one_sweep_share_what_a_customer_has(
    container: Container, clock: ManualClock, bank: Bank, bought: int, kind: CreditKind
) -> None:
    card = saved_card(container, bought)
    change(container, 2, payment_method_id=card)
    give(container, bought, PRICE.minor + PART.minor, kind)
    bank.refusals.clear()

    live_until(container, clock, DAY_OF_END - DAY, bank)
    sweep_at(container, clock, DAY_OF_END, bank)

    first, second = invoices(container)[1:]
    spent = [each.balance_minor + each.goodwill_minor for each in (first, second)]
    assert spent == [PRICE.minor, PART.minor]
    assert credit(container, bought, kind) == PART * 0
    assert bank.taken == [PRICE - PART]
    assert_everything_ties(container)


def test_what_the_balance_covers_is_paid_as_soon_as_it_is_issued_again(
    container: Container, clock: ManualClock, bank: Bank, bought: int
) -> None:
    give(container, bought, PRICE.minor)
    declined(container, clock, bank)

    cancel_subscription(container.transactions, asked(container, bought))

    assert invoices(container, InvoiceStatus.OPEN) == []
    assert subscription(container, 2).status is SubscriptionStatus.ACTIVE
    assert credit(container, bought) == PRICE * 0
    sweep_at(container, clock, DAY_OF_END + DAY, bank)
    assert len(bank.requests) == 1
    assert_everything_ties(container)
