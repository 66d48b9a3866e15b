"""Where the demo's history is played: the product's use cases at an instant of the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from app.billing.ports import Clock
from app.bootstrap import Container
from app.payments.test_acquirer.gateway import TestAcquirer
from app.payments.test_acquirer.ledger import AcquirerLedger
from app.services.billing_chunks import BillingRun
from app.services.charging import Charging
from app.services.checks import Checking
from app.services.passwords import PasswordHasher
from app.services.unit_of_work import Transactions


class HistoryClock:
    """Stands at an instant of the past until the history goes on."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant that the history has come to, UTC."""
        return self.instant


@dataclass(frozen=True, slots=True)
class Stage:
    """The use cases' needs, all on one clock: also the outbox and the acquirer believe in the past."""

    clock: HistoryClock
    transactions: Transactions
    charging: Charging
    checking: Checking
    acquirer: TestAcquirer
    hasher: PasswordHasher
    pepper: bytes
    bcrypt_cost: int

    @property
    def now(self) -> datetime:
        """The instant that the history has come to, UTC."""
        return self.clock.now()

    def billing_run(self, now: datetime) -> BillingRun:
        """A run of billing at this instant of the history."""
        return BillingRun(self.transactions, now, now, self.charging.gateways)


@contextmanager
def open_stage(container: Container, start: datetime) -> Iterator[Stage]:
    """A stage at the beginning of the history.

    It has a connection of its own that does not wait for the disk at every commit: thousands of small
    transactions take seconds instead of a minute, and an interrupted seed is thrown away anyway.
    """
    engine = create_engine(
        container.settings.database_url,
        connect_args={"options": "-c synchronous_commit=off -c timezone=UTC"},
    )
    clock = HistoryClock(start)
    transactions = Transactions(sessionmaker(engine, expire_on_commit=False), clock)
    acquirer = _acquirer(container, clock)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        yield Stage(
            clock=clock,
            transactions=transactions,
            charging=Charging(transactions, {acquirer.name: acquirer}, acquirer.name, container.links),
            checking=Checking(autocommit, transactions, [container.pepper]),
            acquirer=acquirer,
            hasher=container.password_hasher,
            pepper=container.pepper,
            bcrypt_cost=container.bcrypt_cost,
        )
    finally:
        engine.dispose()


def _acquirer(container: Container, clock: Clock) -> TestAcquirer:
    ledger = container.settings.test_acquirer_ledger
    secret = container.settings.test_acquirer_webhook_secret
    assert ledger is not None, "the settings fill it in"
    assert secret is not None, "the settings require it"
    return TestAcquirer(AcquirerLedger(ledger), container.settings.base_url, secret.get_secret_value(), clock)
