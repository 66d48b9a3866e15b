"""How tests of refunds speak: ask, approve, send, and look at the books."""

from __future__ import annotations

from datetime import date

from app.billing.actors import Actor
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import CustomerCredit, LedgerEntry, Refund, Subscription
from app.services.ledger_reports import trial_balance
from app.services.refunds import RefundRequest, approve_refund, mark_refund_sent, request_refund
from tests.factories import FACTORY, rows
from tests.ledger_rows import PaidLine, Sale

ANNA, BORIS = Actor.staff("anna"), Actor.staff("boris")
WHY = "не подошёл"
YEAR = Sale(price=Money(1_009_800, "RUB"), interval=BillingInterval.YEAR)
DEAR = Sale(price=Money(50_000_01, "RUB"), interval=BillingInterval.YEAR)


def rub(minor: int) -> Money:
    """Kopecks."""
    return Money(minor, "RUB")


def asked(container: Container, customer_id: int, line_id: int, actor: Actor | None = None) -> int:
    """Ask for the refund of a line."""
    return request_refund(
        container.transactions,
        actor=actor or Actor.customer(customer_id),
        request=RefundRequest(customer_id, line_id, WHY),
        now=container.clock.now(),
    )


def approve(container: Container, refund_id: int, actor: Actor = ANNA) -> None:
    """Decide that it goes back."""
    approve_refund(
        container.transactions,
        actor=actor,
        refund_id=refund_id,
        reason="по правилам",
        now=container.clock.now(),
    )


def send(container: Container, refund_id: int, reference: str = "re_1") -> None:
    """Write down that it has left."""
    mark_refund_sent(
        container.transactions,
        actor=ANNA,
        refund_id=refund_id,
        reference=reference,
        now=container.clock.now(),
    )


def refunded(container: Container, customer_id: int, line: PaidLine) -> Refund:
    """Ask and approve."""
    refund_id = asked(container, customer_id, line.line_id)
    approve(container, refund_id)
    return rows(container, Refund, id=refund_id)[0]


def entries(container: Container, refund_id: int) -> list[tuple[str, int]]:
    """What was booked for a refund."""
    return [(each.kind, each.amount_minor) for each in rows(container, LedgerEntry, refund_id=refund_id)]


def balances(container: Container) -> dict[str, int]:
    """Debit less credit of every account that is not at zero."""
    found = trial_balance(
        container.transactions, seller_id=1, currency="RUB", first=date(2020, 1, 1), last=date(2030, 1, 1)
    )
    return {row.account: row.closing.minor for row in found if row.closing}


def credit(container: Container) -> int:
    """What stands to the credit of customers."""
    return sum(row.amount_minor for row in rows(container, CustomerCredit))


def subscription(container: Container, line: PaidLine) -> Subscription:
    """The subscription of a line as it is now."""
    return rows(container, Subscription, id=line.subscription_id)[0]


def move(container: Container, line: PaidLine, status: SubscriptionStatus) -> None:
    """Change the status of a line's subscription past its use cases."""
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(line.subscription_id)
        work.move_subscription(row, status, "made", container.clock.now())
