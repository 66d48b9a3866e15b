"""Paid subscriptions as rows, for tests that are about prices and not about how money came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.billing.money import Money
from app.billing.periods import BillingInterval, anchor_day_of
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import PriceVersion, Subscription
from tests.factories import FACTORY, rows

MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR


def version_id(container: Container, connector_id: int, interval: BillingInterval = MONTH) -> int:
    """The oldest price of the connector for this interval."""
    return rows(container, PriceVersion, connector_id=connector_id, interval=interval)[0].id


def new_version(
    container: Container,
    connector_id: int,
    minor: int,
    valid_from: datetime,
    interval: BillingInterval = MONTH,
    currency: str = "RUB",
) -> int:
    """A further price of the connector."""
    with container.transactions.begin(FACTORY) as work:
        amount = Money(minor, currency)
        row = PriceVersion(
            connector_id=connector_id,
            interval=interval,
            currency=amount.currency,
            amount_minor=amount.minor,
            valid_from=valid_from,
        )
        work.session.add(row)
        work.session.flush()
        return row.id


def subscribe(container: Container, customer_id: int, connector_id: int, **columns: Any) -> int:
    """A subscription inside a paid month that ends in ten days, at the connector's oldest price."""
    now = container.clock.now()
    end = columns.get("period_end") or now + timedelta(days=10)
    values: dict[str, Any] = {
        "status": SubscriptionStatus.ACTIVE,
        "interval": MONTH,
        "currency": "RUB",
        "anchor_day": anchor_day_of(end),
        "first_paid_at": now - timedelta(days=20),
        "period_start": end - timedelta(days=30),
        "period_end": end,
        "created_at": now - timedelta(days=20),
        "price_version_id": version_id(container, connector_id, columns.get("interval", MONTH)),
    }
    with container.transactions.begin(FACTORY) as work:
        row = Subscription(customer_id=customer_id, connector_id=connector_id, **(values | columns))
        return work.subscriptions.add(row).id
