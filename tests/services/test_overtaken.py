"""A machine that another one overtakes between reading what is due and locking it (design §2.4, G6).

The lock says who comes first; only reading again under it says that the work is still to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.billing.invoice import InvoiceStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.services.billing_chunks import BillingRun
from app.services.bulk import BulkResult
from app.services.charging import ChargeInProgress, charge_saved_method
from app.services.parking import park_billing
from app.services.renewals import renew_due
from app.services.retries import retry_due
from app.services.subscriptions import cancel_subscription
from app.services.unit_of_work import Repositories, Transactions
from tests.clock import ManualClock
from tests.factories import FACTORY, buy
from tests.payments.gateways import Bank
from tests.services.charges import PRICE, charge
from tests.services.renewing import (
    DAY,
    DAY_OF_END,
    asked,
    attempts,
    billing,
    charging,
    invoices,
    live_until,
    open_invoice,
    subscription,
    sweep_at,
)


class Overtaken(Transactions):
    """Transactions of a machine that has read what is due when somebody else does something."""

    def __init__(self, container: Container, deed: Callable[[], object]) -> None:
        super().__init__(container.session_factory, container.wall_clock)
        self._deed = deed

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        """Read; what was read is no longer true afterwards."""
        with super().reading() as repositories:
            yield repositories
        self._deed()


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def announced(container: Container, clock: ManualClock, alice: int, bank: Bank) -> int:
    """Alice, whose renewal was announced and is due today."""
    buy(container, alice, "crm-connector")
    live_until(container, clock, DAY_OF_END - DAY, bank)
    clock.move_to(DAY_OF_END)
    return alice


def overtaken(
    step: Callable[[BillingRun], BulkResult], container: Container, bank: Bank, deed: Callable[[], object]
) -> BulkResult:
    """A step of this machine's sweep, during which somebody does the deed."""
    run = billing(container, bank)
    return step(replace(run, transactions=Overtaken(container, deed)))


def renewals(container: Container) -> int:
    """How many invoices there are besides the first purchase."""
    return len(invoices(container)) - 1


@pytest.mark.usefixtures("announced")
def test_what_another_machine_renewed_is_not_renewed_again(container: Container, bank: Bank) -> None:
    result = overtaken(renew_due, container, bank, lambda: renew_due(billing(container, bank)))

    assert result.parked == []
    assert renewals(container) == 1
    assert bank.taken == [PRICE]


def test_what_was_cancelled_meanwhile_is_not_renewed(
    container: Container, bank: Bank, announced: int
) -> None:
    def cancel() -> None:
        cancel_subscription(container.transactions, asked(container, announced))

    result = overtaken(renew_due, container, bank, cancel)

    assert result.parked == []
    assert renewals(container) == 0
    assert bank.requests == []
    assert subscription(container).status is SubscriptionStatus.CANCELED


def test_who_was_parked_meanwhile_is_not_billed(container: Container, bank: Bank, announced: int) -> None:
    def park() -> None:
        with container.transactions.begin(FACTORY) as work:
            park_billing(work, work.customers.get(announced, lock=True), "INV5", container.clock.now())

    overtaken(renew_due, container, bank, park)

    assert renewals(container) == 0
    assert bank.requests == []


@pytest.mark.usefixtures("announced")
def test_a_card_that_another_machine_asked_again_is_not_asked_twice(
    container: Container, clock: ManualClock, bank: Bank
) -> None:
    bank.refuse("pm:tok_visa:1")
    sweep_at(container, clock, DAY_OF_END, bank)
    clock.advance(days=1)

    overtaken(retry_due, container, bank, lambda: retry_due(billing(container, bank)))

    assert [attempt.ordinal for attempt in attempts(container, open_invoice(container).id)] == [1, 2]
    assert len(bank.requests) == 2


@pytest.mark.usefixtures("announced")
def test_what_was_paid_meanwhile_is_not_asked_for(
    container: Container, clock: ManualClock, bank: Bank
) -> None:
    bank.refuse("pm:tok_visa:1")
    sweep_at(container, clock, DAY_OF_END, bank)
    clock.advance(days=1)
    bank.refusals.clear()

    overtaken(retry_due, container, bank, lambda: retry_due(billing(container, bank)))

    assert bank.taken == [PRICE]
    assert [each.status for each in invoices(container)] == [InvoiceStatus.PAID, InvoiceStatus.PAID]


def test_a_job_that_another_worker_did_without_success_is_not_done_again(
    container: Container, bank: Bank, invoice_id: int, method_id: int
) -> None:
    bank.refuse(f"pm:tok_visa:{method_id}")
    asking = charging(container, bank)

    with pytest.raises(ChargeInProgress):
        charge_saved_method(
            replace(
                asking,
                transactions=Overtaken(
                    container, lambda: charge(container, invoice_id, method_id, 1, asking)
                ),
            ),
            invoice_id=invoice_id,
            method_id=method_id,
            ordinal=1,
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )

    assert len(bank.requests) == 1
    assert [attempt.ordinal for attempt in attempts(container, invoice_id)] == [1]
