"""How tests of refunds by providers speak: an acquirer that can be told to misbehave, time that passes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.billing.provider import RefundOrder, RefundOutcome, RefundOutcomeKind
from app.bootstrap import Container
from app.models import Refund, StaffTask
from app.payments.test_acquirer.gateway import TestAcquirer
from app.payments.test_acquirer.ledger import AcquirerLedger
from app.services.refund_sending import look_at_refunds, refresh_refund, send_refund
from tests.factories import rows

NO_ANSWER = RefundOutcome(RefundOutcomeKind.UNKNOWN)


class UnreliableAcquirer(TestAcquirer):
    """The built-in acquirer on a bad line."""

    def __init__(self, container: Container) -> None:
        self.books = books_of(container)
        super().__init__(self.books, "http://localhost", "webhooks-of-the-tests", container.wall_clock)
        self.deaf = False
        """It does not hear what it is asked for."""
        self.mute = False
        """It does what it is asked for, and its answers get lost."""
        self.says: RefundOutcome | None = None
        """What it answers whatever it does."""
        self.orders: list[RefundOrder] = []

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send the money back, as well as the line lets it."""
        self.orders.append(order)
        if self.deaf:
            return NO_ANSWER
        outcome = super().refund(order)
        return NO_ANSWER if self.mute else self.says or outcome

    def find_refund(self, order: RefundOrder) -> RefundOutcome:
        """How a refund stands, as well as the line lets it tell."""
        if self.deaf or self.mute:
            return NO_ANSWER
        return self.says or super().find_refund(order)


def books_of(container: Container) -> AcquirerLedger:
    """The acquirer's own books."""
    path = container.settings.test_acquirer_ledger
    assert path is not None
    return AcquirerLedger(path)


def refunds_of(container: Container) -> list[tuple[int, str]]:
    """What the acquirer has sent back: amounts and states."""
    with books_of(container).transaction() as books:
        return books.execute("SELECT amount, state FROM refund ORDER BY rowid").fetchall()


def the_refund(container: Container) -> Refund:
    """The only refund as it is now."""
    (refund,) = rows(container, Refund)
    return refund


def order_of(container: Container) -> UUID:
    """The key under which the refund is ordered."""
    order_id = the_refund(container).order_id
    assert order_id is not None
    return order_id


def sent(container: Container, acquirer: TestAcquirer, *, after: timedelta = timedelta(0)) -> None:
    """What a worker does with the promised refund."""
    refund = the_refund(container)
    send_refund(
        container.transactions,
        {acquirer.name: acquirer},
        refund_id=refund.id,
        order_id=order_of(container),
        now=container.clock.now(),
        real_now=container.wall_clock.now() + after,
    )


def looked(container: Container, acquirer: TestAcquirer, at: datetime) -> int:
    """What the scheduler does at a real time."""
    return look_at_refunds(
        container.transactions, {acquirer.name: acquirer}, now=container.clock.now(), real_now=at
    )


def refreshed(container: Container, acquirer: TestAcquirer, at: datetime | None = None) -> None:
    """Ask about the refund, due or not."""
    refresh_refund(
        container.transactions,
        {acquirer.name: acquirer},
        refund_id=the_refund(container).id,
        now=container.clock.now(),
        real_now=at or container.wall_clock.now(),
    )


def tasks(container: Container) -> list[str]:
    """What staff are asked to look at."""
    return [task.kind for task in rows(container, StaffTask)]
