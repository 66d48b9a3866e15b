"""Which saved method pays, the default, and a deleted one that nobody charges or remembers (H6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.billing.errors import Conflict, NotFound
from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.bootstrap import Container
from app.models import AuditEntry, Invoice, PaymentAttempt, PaymentMethod, Subscription
from app.services.payment_methods import (
    choose_payment_method,
    delete_payment_method,
    forget_method,
    pay_by_invoice,
    prefer_payment_method,
)
from app.services.subscriptions import Asked
from tests.clock import ManualClock
from tests.factories import buy, create_customer, deliver_all, mails, rows
from tests.services.mail_facts import change, swept_at
from tests.services.setups import Mute, added

END = datetime.fromisoformat("2026-04-02T09:00+00:00")
DAY = timedelta(days=1)


def asked(container: Container, customer_id: int = 1) -> Asked:
    return Asked.by_customer(customer_id, 1, container.clock.now())


def renewed(container: Container, clock: ManualClock) -> None:
    swept_at(container, clock, END - 3 * DAY)
    swept_at(container, clock, END)
    deliver_all(container)


def charged(container: Container) -> list[int | None]:
    return [attempt.payment_method_id for attempt in rows(container, PaymentAttempt, invoice_id=2)]


def test_the_newest_method_pays_until_a_default_is_chosen(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    (first,) = rows(container, PaymentMethod)
    newest = added(container, alice, "tok_mastercard")
    with container.transactions.reading() as repositories:
        before = [row.id for row in repositories.payment_methods.of_customer(alice)]
    for method_id in (newest, first.id):
        prefer_payment_method(container.transactions, customer_id=alice, method_id=method_id, now=clock.now())
    renewed(container, clock)

    assert before == [newest, first.id]
    assert charged(container) == [first.id]
    assert [row.id for row in rows(container, PaymentMethod) if row.preferred_at] == [first.id]


def test_a_subscription_is_paid_by_its_own_method(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    newest = added(container, alice, "tok_mastercard")
    choose_payment_method(container.transactions, asked(container), method_id=1)
    choose_payment_method(container.transactions, asked(container), method_id=1)
    renewed(container, clock)

    assert newest != 1
    assert charged(container) == [1]
    assert len(rows(container, AuditEntry, action="subscription.payment_method")) == 1, "twice is once"


def test_with_no_method_chosen_an_invoice_comes_ahead_and_nothing_is_charged(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    pay_by_invoice(container.transactions, asked(container))
    pay_by_invoice(container.transactions, asked(container))
    swept_at(container, clock, END - 3 * DAY)
    (invoice,) = rows(container, Invoice, id=2)
    renewed(container, clock)

    assert (invoice.status, invoice.method) == (InvoiceStatus.OPEN, PaymentMethodKind.BANK_TRANSFER)
    assert charged(container) == []
    assert "payment_reminder" in mails(container)
    assert len(rows(container, AuditEntry, action="subscription.payment_method")) == 1, "twice is once"


def test_a_method_can_be_chosen_again_after_invoices(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    pay_by_invoice(container.transactions, asked(container))
    choose_payment_method(container.transactions, asked(container), method_id=None)
    renewed(container, clock)

    assert rows(container, Subscription)[0].method is PaymentMethodKind.CARD
    assert charged(container) == [1]


def test_what_is_paid_per_operation_needs_a_method(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    change(container, Subscription, 1, metered=True)

    with pytest.raises(Conflict) as refusal:
        pay_by_invoice(container.transactions, asked(container))

    assert refusal.value.code == "METHOD_REQUIRED"


def test_nobody_touches_another_customers_methods(container: Container, alice: int) -> None:
    buy(container, alice, "crm-connector")
    bob = create_customer(container, "bob@example.com")
    now = container.clock.now()

    with pytest.raises(NotFound):
        prefer_payment_method(container.transactions, customer_id=bob, method_id=1, now=now)
    with pytest.raises(NotFound):
        delete_payment_method(container.transactions, customer_id=bob, method_id=1, now=now)
    with pytest.raises(NotFound):
        choose_payment_method(container.transactions, asked(container, bob), method_id=1)
    with pytest.raises(NotFound):
        pay_by_invoice(container.transactions, asked(container, bob))
    assert rows(container, PaymentMethod)[0].deleted_at is None


def test_a_deleted_method_is_never_charged_and_is_forgotten(
    container: Container, clock: ManualClock, alice: int
) -> None:
    buy(container, alice, "crm-connector")
    other = added(container, alice, "tok_mastercard")
    choose_payment_method(container.transactions, asked(container), method_id=1)
    delete_payment_method(container.transactions, customer_id=alice, method_id=1, now=clock.now())
    deliver_all(container)
    renewed(container, clock)

    report = container.test_acquirer.find_method(rows(container, PaymentMethod, id=1)[0].token)
    assert report is not None
    assert report.method is None
    assert charged(container) == [other]


def test_a_provider_that_does_not_answer_is_asked_to_forget_again(
    container: Container, clock: ManualClock, alice: int
) -> None:
    method_id = added(container, alice)
    delete_payment_method(container.transactions, customer_id=alice, method_id=method_id, now=clock.now())
    silent = {"test": Mute(container.test_acquirer)}

    for providers in (silent, {}):
        with pytest.raises(Conflict) as refusal:
            forget_method(container.transactions, providers, method_id=method_id)
        assert refusal.value.code == "PROVIDER_UNAVAILABLE"
    for _ in range(2):
        forget_method(container.transactions, container.providers, method_id=method_id)
