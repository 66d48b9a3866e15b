"""Connectors priced per operation, who uses them, and what the bills say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

from app.billing.invoice import InvoicePurpose
from app.billing.money import Money
from app.bootstrap import Container
from app.models import (
    Connector,
    ConnectorPricing,
    ConnectorStatus,
    ConnectorTier,
    Invoice,
    InvoiceLine,
    MeteredOperation,
    OperationPrice,
    PaymentMethod,
    UsageMonth,
)
from app.payments.test_acquirer.methods import METHOD_PREFIX
from app.services.metered_subscriptions import start_metered
from app.services.metering import AllowedOperation, record_operation
from app.services.sweep import SweepReport, sweep
from tests.factories import FACTORY, LONG_AGO, production_key, rows

SLUG = "ai-connector"
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
APRIL_BEGINS = datetime(2026, 3, 31, 21, tzinfo=UTC)
MAY_BEGINS = datetime(2026, 4, 30, 21, tzinfo=UTC)
PRICE = Money(50_000, "RUB")
PER = 1_000


def create_metered_connector(
    container: Container, slug: str = SLUG, *, amount: Money = PRICE, per: int = PER
) -> int:
    """A connector at 500 roubles for 1 000 operations."""
    with container.transactions.begin(FACTORY) as work:
        connector = work.connectors.add(
            Connector(
                slug=slug,
                name=slug.replace("-", " ").capitalize(),
                description_ru="Описание",
                description_en="Description",
                category="ai",
                tier=ConnectorTier.PREMIUM,
                status=ConnectorStatus.PUBLISHED,
                trial_eligible=False,
                pricing=ConnectorPricing.OPERATION,
                version="1.0.0",
                created_at=LONG_AGO,
            )
        )
    set_price(container, connector.id, amount, per=per)
    return connector.id


def set_price(
    container: Container, connector_id: int, amount: Money, *, per: int = PER, valid_from: datetime = LONG_AGO
) -> None:
    """A price of operations from an instant on."""
    with container.transactions.begin(FACTORY) as work:
        work.session.add(
            OperationPrice(
                connector_id=connector_id,
                currency=amount.currency,
                amount_minor=amount.minor,
                operations=per,
                valid_from=valid_from,
            )
        )


def save_card(container: Container, customer_id: int, token: str = "tok_visa") -> int:
    """A saved card of the customer."""
    with container.transactions.begin(FACTORY) as work:
        card = PaymentMethod(
            customer_id=customer_id,
            provider="test",
            token=f"{METHOD_PREFIX}:{token}:{customer_id}",
            brand="Visa",
            last4="4242",
            fingerprint=token,
            created_at=container.clock.now(),
        )
        work.session.add(card)
        work.session.flush()
        return card.id


def start(container: Container, customer_id: int, slug: str = SLUG, make_account: str | None = None) -> int:
    """Start pay-as-you-go now; the subscription."""
    return start_metered(
        container.transactions,
        customer_id=customer_id,
        slug=slug,
        make_account=make_account,
        now=container.clock.now(),
    )


def metered_key(container: Container, customer_id: int, token: str = "tok_visa") -> str:
    """Start pay-as-you-go with a saved card; the production key."""
    save_card(container, customer_id, token)
    start(container, customer_id)
    return production_key(container, customer_id)


def use(
    container: Container,
    count: int = 1,
    *,
    subscription_id: int = 1,
    at: datetime | None = None,
    operation_id: str | None = None,
) -> list[bool]:
    """Record operations of the first key; which of them were new."""
    return [
        record_operation(
            container.transactions,
            operation=AllowedOperation(subscription_id, 1, operation_id),
            now=at or container.clock.now(),
        )
        for _ in range(count)
    ]


def run_sweep(container: Container) -> SweepReport:
    """What the scheduler does every minute."""
    return sweep(container.billing_run())


def used(container: Container) -> dict[tuple[int, date], int]:
    """Operations by subscription and month."""
    return {(row.subscription_id, row.month): row.operations for row in rows(container, UsageMonth)}


def bills(container: Container) -> list[Invoice]:
    """The invoices of used operations."""
    return rows(container, Invoice, purpose=InvoicePurpose.USAGE)


def billed(container: Container) -> list[InvoiceLine]:
    """The lines of used operations."""
    issued = {bill.id for bill in bills(container)}
    return [line for line in rows(container, InvoiceLine) if line.invoice_id in issued]


def assert_every_operation_is_on_one_bill(container: Container) -> None:
    """What must hold at any time: months count their operations, and closed ones are on a line each."""
    counted = Counter((row.subscription_id, row.month) for row in rows(container, MeteredOperation))
    assert counted == Counter(used(container))
    closed = [row for row in rows(container, UsageMonth) if row.closed_at is not None and row.operations]
    assert {row.invoice_line_id: row.operations for row in closed} == {
        line.id: line.quantity for line in billed(container)
    }
