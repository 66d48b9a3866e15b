"""A database of its own for the measurement of renewals: a shop with many subscribers who have a history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import sessionmaker

from app.billing.actors import Actor
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.pricing import yearly_price
from app.billing.tax import TaxRegime
from app.cli.bulk_load.load import Load, bulk_load
from app.embedded.postgres import PostgresCluster
from app.models import (
    Connector,
    ConnectorStatus,
    ConnectorTier,
    PriceVersion,
    Seller,
    SellerTaxRegime,
)
from app.models.migration import upgrade_database
from app.repositories.clock import SystemClock
from app.services.unit_of_work import Transactions

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CONNECTORS = 12
OPTIONS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
"""As on the machine of the reference figures, and nothing that works in the background: it would meet one
side or the other. Everything is vacuumed between the rounds instead. Commits reach the disk."""

MAKE_DUE = """
    UPDATE subscription SET notice_due_at = NULL, noticed_at = :noticed_at, noticed_period_end = period_end,
        renewal_due_at = :due_at
    WHERE id IN (
        SELECT id FROM (
            SELECT DISTINCT ON (customer_id) customer_id, id FROM subscription
            WHERE status = 'active' ORDER BY customer_id, period_end, id
        ) AS next ORDER BY hashint8(customer_id), customer_id LIMIT :count
    )
"""
"""Of so many customers the subscription that ends first, customers from everywhere in the table."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The database and the instant at which everything in it is looked at."""

    engine: Engine
    transactions: Transactions
    now: datetime
    server: psutil.Process | None = None
    """The database server, where it is our own."""

    def processor_seconds(self) -> float:
        """User and system time of this process and of the database server, with all its processes."""
        server = [] if self.server is None else [self.server, *self.server.children(recursive=True)]
        times = [each.cpu_times() for each in [psutil.Process(), *server]]
        return sum(each.user + each.system for each in times)

    def make_due(self, count: int) -> None:
        """One subscription of each of `count` customers is to be renewed; its notice is two days old."""
        moments = {"noticed_at": self.now - timedelta(days=2), "due_at": self.now - timedelta(hours=1)}
        with self.engine.begin() as connection:
            done = connection.execute(text(MAKE_DUE), {"count": count, **moments})
        assert done.rowcount == count, f"only {done.rowcount} customers have something to renew"

    def rest(self) -> None:
        """Put the tables in order and write everything to the disk, so that no round pays for another."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))


@contextmanager
def open_shop(directory: Path, customers: int, subscriptions: int, history: int) -> Iterator[Shop]:
    """Start a database, load it, and stop it in the end."""
    cluster = PostgresCluster(directory / "postgres", options=OPTIONS)
    cluster.start()
    try:
        address = cluster.create_database("bench")
        upgrade_database(address)
        engine = create_engine(address)
        clock = SystemClock()
        transactions = Transactions(sessionmaker(engine, expire_on_commit=False), clock)
        stock(transactions)
        load = Load(customers, subscriptions, history, clock.now(), password_hash="-" * 60)
        bulk_load(transactions, load, lambda _: None)
        yield Shop(engine, transactions, clock.now(), psutil.Process(cluster.pid))
        engine.dispose()
    finally:
        cluster.stop()


def stock(transactions: Transactions) -> None:
    """A seller, and connectors to subscribe to."""
    with transactions.begin(Actor.system("bench")) as work:
        work.sellers.add(_seller())
        for number in range(1, CONNECTORS + 1):
            connector = work.connectors.add(_connector(number))
            monthly = Money(50_000 + 10_000 * number, "RUB")
            for interval, price in (
                (BillingInterval.MONTH, monthly),
                (BillingInterval.YEAR, yearly_price(monthly)),
            ):
                work.session.add(_price(connector.id, interval, price))


def _seller() -> Seller:
    return Seller(
        name="ООО «Замер»",
        inn="7707083893",
        kpp="770701001",
        ogrn="1027700132195",
        address="101000, г. Москва, ул. Мясницкая, д. 1",
        bank_name="ПАО «Образцовый банк»",
        bank_bik="044525225",
        bank_account="40702810138250123017",
        bank_corr_account="30101810400000000225",
        director="Иванов И. И.",
        accountant="Петрова П. П.",
        email="billing@example.com",
        tax_regimes=[SellerTaxRegime(effective_from=date(2019, 1, 1), regime=TaxRegime.GENERAL)],
    )


def _connector(number: int) -> Connector:
    return Connector(
        slug=f"connector-{number}",
        name=f"Коннектор {number}",
        description_ru="",
        description_en="",
        category="crm",
        tier=ConnectorTier.STANDARD,
        status=ConnectorStatus.PUBLISHED,
        version="1.0.0",
        created_at=LONG_AGO,
    )


def _price(connector_id: int, interval: BillingInterval, amount: Money) -> PriceVersion:
    return PriceVersion(
        connector_id=connector_id,
        interval=interval,
        currency=amount.currency,
        amount_minor=amount.minor,
        valid_from=LONG_AGO,
    )
