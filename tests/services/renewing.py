"""How tests of renewals speak: sweeps as time passes, what was invoiced, taken and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import selectinload

from app.billing.invoice import InvoiceStatus
from app.billing.ledger import goodwill_granted, money_received
from app.billing.money import Money
from app.billing.periods import local_date, start_of_local_day
from app.billing.ports import PaymentGateway
from app.bootstrap import Container
from app.models import CreditKind, CustomerCredit, Invoice, PaymentAttempt, PaymentMethod, Subscription
from app.services.billing_chunks import BillingRun
from app.services.bookkeeping import Cause, book
from app.services.charging import Charging, janitor
from app.services.subscriptions import Asked
from app.services.sweep import SweepReport, sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, mails, rows

END = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
"""Where a month ends that was bought at the start of a test."""
DAY_OF_END = datetime(2026, 4, 1, 21, 0, tzinfo=UTC)
"""The start of that day in Moscow."""
DAY = timedelta(days=1)
NOTHING = Money(0, "RUB")


def billing(container: Container, gateway: PaymentGateway | None = None) -> BillingRun:
    """A run of billing now, with this provider or the built-in acquirer."""
    run = container.billing_run()
    return run if gateway is None else replace(run, gateways={gateway.name: gateway})


def charging(container: Container, gateway: PaymentGateway) -> Charging:
    """Charging through this provider."""
    return replace(container.charging, gateways={gateway.name: gateway})


def sweep_at(
    container: Container, clock: ManualClock, instant: datetime, gateway: PaymentGateway | None = None
) -> SweepReport:
    """The sweep of this instant."""
    clock.move_to(instant)
    return sweep(billing(container, gateway))


def live_until(
    container: Container, clock: ManualClock, instant: datetime, gateway: PaymentGateway | None = None
) -> None:
    """Let time pass to the instant with a sweep at every midnight of Moscow, and at its end."""
    while (midnight := start_of_local_day(local_date(clock.now()) + DAY)) < instant:
        sweep_at(container, clock, midnight, gateway)
    sweep_at(container, clock, instant, gateway)


def ask_the_provider(container: Container, gateway: PaymentGateway) -> int:
    """The janitor, an hour of real time later."""
    real_now = container.wall_clock.now() + timedelta(hours=1)
    return janitor(charging(container, gateway), now=container.clock.now(), real_now=real_now)


def asked(container: Container, customer_id: int, subscription_id: int = 1) -> Asked:
    """The customer wants something of a subscription now."""
    return Asked.by_customer(customer_id, subscription_id, container.clock.now())


def subscription(container: Container, subscription_id: int = 1) -> Subscription:
    """The row as it is stored."""
    (row,) = rows(container, Subscription, id=subscription_id)
    return row


def change(container: Container, subscription_id: int = 1, **columns: Any) -> None:
    """Set columns of a subscription by hand."""
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(subscription_id)
        for name, value in columns.items():
            setattr(row, name, value)


def invoices(container: Container, status: InvoiceStatus | None = None) -> list[Invoice]:
    """All invoices with their lines, or those of one status, in the order of their issue."""
    query = select(Invoice).options(selectinload(Invoice.lines)).order_by(Invoice.id)
    with container.transactions.reading() as repositories:
        found = list(repositories.session.scalars(query))
    return [each for each in found if status in (None, each.status)]


def open_invoice(container: Container) -> Invoice:
    """The one open invoice."""
    (found,) = invoices(container, InvoiceStatus.OPEN)
    return found


def attempts(container: Container, invoice_id: int) -> list[PaymentAttempt]:
    """The attempts on an invoice, oldest first."""
    return sorted(rows(container, PaymentAttempt, invoice_id=invoice_id), key=lambda each: each.ordinal)


def saved_card(container: Container, customer_id: int, token: str = "tok_mastercard") -> int:
    """A further card of the customer, now the newest one; its id."""
    with container.transactions.begin(FACTORY) as work:
        card = work.payment_methods.add(
            PaymentMethod(
                customer_id=customer_id,
                provider="test",
                token=f"pm:{token}:{customer_id}",
                brand="Mir",
                last4="0000",
                fingerprint=token,
                created_at=container.clock.now(),
            )
        )
        return card.id


def give(container: Container, customer_id: int, minor: int, kind: CreditKind = CreditKind.BALANCE) -> None:
    """Roubles to the customer's credit, booked as the ledger wants it."""
    amount = Money(minor, "RUB")
    is_balance = kind is CreditKind.BALANCE
    entries = money_received("test", NOTHING, amount) if is_balance else goodwill_granted(amount)
    with container.transactions.begin(FACTORY) as work:
        work.credits.change(customer_id, kind, amount)
        book(work, entries, Cause(work.sellers.current().id, customer_id), container.clock.now())


def credit(container: Container, customer_id: int, kind: CreditKind = CreditKind.BALANCE) -> Money:
    """What the customer has to their credit."""
    held = rows(container, CustomerCredit, customer_id=customer_id, kind=kind, currency="RUB")
    return Money(sum(each.amount_minor for each in held), "RUB")


def count_of_mails(container: Container) -> Counter[str]:
    """How many mails of each kind were promised."""
    return Counter(mails(container))


@contextmanager
def statements(container: Container) -> Iterator[list[str]]:
    """The SQL statements that are sent while the block runs."""
    sent: list[str] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(container.engine, "before_cursor_execute", remember)
    try:
        yield sent
    finally:
        event.remove(container.engine, "before_cursor_execute", remember)
