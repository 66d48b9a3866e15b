"""How tests of compensation speak: ask, approve, and what Alice has."""

from __future__ import annotations

from typing import Any

import pytest

from app.billing.actors import Actor
from app.billing.compensation import CompensationFacts, CompensationKind
from app.billing.errors import BillingError
from app.billing.invoice import InvoiceStatus
from app.billing.money import Money
from app.bootstrap import Container
from app.models import Compensation, Invoice, Subscription
from app.services.bank_transfers import Transfer, receive_transfer
from app.services.compensation import CompensationRequest, approve_compensation, request_compensation
from app.services.renewal_dates import reschedule
from tests.factories import FACTORY, rows

ANNA, BORIS = Actor.staff("anna"), Actor.staff("boris")
WHY = "сбой 1 марта"
PRICE = 99_000
FIVE_DAYS = CompensationFacts(CompensationKind.EXTRA_DAYS, WHY, days=5)
GOODWILL = CompensationFacts(CompensationKind.BALANCE, WHY, amount=Money(50_000, "RUB"))
HALF = CompensationFacts(CompensationKind.DISCOUNT, WHY, percent=5_000)


def asked(
    container: Container,
    customer_id: int,
    facts: CompensationFacts,
    subscription_id: int | None = 1,
    actor: Actor = ANNA,
) -> int:
    """Ask for it; its id."""
    return request_compensation(
        container.transactions,
        actor=actor,
        request=CompensationRequest(customer_id, facts, subscription_id),
        now=container.clock.now(),
    )


def approve(container: Container, compensation_id: int, actor: Actor = ANNA) -> None:
    """Decide that it is given."""
    approve_compensation(
        container.transactions,
        actor=actor,
        compensation_id=compensation_id,
        reason="виноваты мы",
        now=container.clock.now(),
    )


def given(
    container: Container, customer_id: int, facts: CompensationFacts, subscription_id: int | None = 1
) -> Compensation:
    """Ask and approve."""
    compensation_id = asked(container, customer_id, facts, subscription_id)
    approve(container, compensation_id)
    return rows(container, Compensation, id=compensation_id)[0]


def subscription(container: Container, subscription_id: int = 1) -> Subscription:
    """The subscription as it is now."""
    return rows(container, Subscription, id=subscription_id)[0]


def change(container: Container, subscription_id: int = 1, **columns: Any) -> None:
    """Make the row so, and its dates with it."""
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        for name, value in columns.items():
            setattr(row, name, value)
        reschedule(work, [row])


def code_of(refusal: pytest.ExceptionInfo[BillingError]) -> str:
    """The code of a refusal."""
    return refusal.value.code


def pay_transfer(container: Container, reference: str = "tr-1") -> None:
    """Pay the open invoice by a transfer."""
    (invoice,) = rows(container, Invoice, status=InvoiceStatus.OPEN)
    transfer = Transfer(invoice.id, invoice.due, reference)
    receive_transfer(container.transactions, actor=ANNA, transfer=transfer, now=container.clock.now())
