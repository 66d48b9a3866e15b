"""The database refuses one of two transactions: it begins anew, three times at most (fault 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.billing.invoice import InvoiceStatus, PaymentMethodKind
from app.billing.payment import AttemptState
from app.bootstrap import Container
from app.models import Customer, Payment, PaymentMethod, StaffTask
from app.services.charging import janitor
from app.services.conflicts import ROUNDS
from app.services.fault_points import AFTER_CHARGE_BEFORE_SETTLE, installed
from app.services.ordering import Order, place_order
from app.services.promotions import NewPromoCode, apply_promo_code, create_promo_code
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import FACTORY, filled_cart, order, rows
from tests.faults.books import assert_books_agree
from tests.faults.moments import minutes_pass
from tests.faults.subscribers import (
    PRICE,
    Subscriber,
    due_subscribers,
    invoices,
    renewal_charges,
    subscriber,
)
from tests.parallel import wait_until_blocked
from tests.services.charges import charge, states, status

pytestmark = pytest.mark.usefixtures("shop")


def run(container: Container) -> None:
    sweep(container.billing_run())


def assert_nobody_is_parked(container: Container) -> None:
    assert [each for each in rows(container, Customer) if each.billing_parked_at is not None] == []
    assert [(task.kind, task.object_id) for task in rows(container, StaffTask)] == []


class Opponent:
    """A transaction that locks a subscription before its customer, as nobody should."""

    def __init__(self, connection: Connection, who: Subscriber) -> None:
        self._connection = connection
        self._who = who

    def begin(self) -> None:
        """Lock the subscription. It notices a deadlock late, so that the other one loses."""
        self._connection.execute(text("SET LOCAL deadlock_timeout = '8s'"))
        lock = text("SELECT FROM subscription WHERE id = :id FOR UPDATE")
        self._connection.execute(lock, {"id": self._who.subscription_id})

    def close_the_circle(self) -> None:
        """Lock the customer, whom the other one holds, and commit."""
        lock = text("SELECT FROM customer WHERE id = :id FOR NO KEY UPDATE")
        self._connection.execute(lock, {"id": self._who.customer_id})
        self._connection.commit()


@pytest.fixture
def who(container: Container) -> Subscriber:
    """A subscriber whose renewal is due."""
    return due_subscribers(container, 1)[0]


@pytest.fixture
def opponent(container: Container, who: Subscriber) -> Iterator[Opponent]:
    """Acts on the same subscriber."""
    with container.engine.connect() as connection:
        yield Opponent(connection, who)


def while_it_waits(container: Container, work: Callable[[], object], then: Callable[[], None]) -> list[str]:
    """Start the work, and do the other thing when it waits for a lock; what the log tells."""
    with capture_logs() as logs, ThreadPoolExecutor(1) as threads:
        working = threads.submit(work)
        wait_until_blocked(container)
        then()
        working.result(timeout=30)
    return [entry["event"] for entry in logs]


def test_a_renewal_that_loses_a_deadlock_is_done_by_the_next_sweep(
    container: Container, who: Subscriber, opponent: Opponent
) -> None:
    """Fault 11: two transactions in opposite order. Who is busy is left alone, nobody is parked."""
    opponent.begin()

    told = while_it_waits(container, partial(run, container), opponent.close_the_circle)

    assert told.count("transaction_begun_anew") == 1
    assert_nobody_is_parked(container)
    run(container)
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)


def test_a_settlement_that_loses_a_deadlock_is_done_anew(
    container: Container, who: Subscriber, opponent: Opponent
) -> None:
    """Fault 11 when the money was taken already."""

    def begin_before_settlement(point: str) -> None:
        if point == AFTER_CHARGE_BEFORE_SETTLE:
            opponent.begin()

    with installed(begin_before_settlement):
        told = while_it_waits(container, partial(run, container), opponent.close_the_circle)

    assert told.count("transaction_begun_anew") == 1
    assert states(container, invoices(container, who)[-1].id) == [AttemptState.SUCCEEDED]
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)


@contextmanager
def refusing(container: Container, table: str, times: int) -> Iterator[None]:
    """The database refuses the next inserts into the table, as it does when it can't serialise."""
    execute(
        container,
        f"CREATE SEQUENCE refusals; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF nextval('refusals') <= {times} THEN"
        f" RAISE EXCEPTION 'refused' USING ERRCODE = 'serialization_failure'; END IF; RETURN NEW; END $$;"
        f"CREATE TRIGGER refuse BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()",
    )
    try:
        yield
    finally:
        execute(
            container,
            f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse(); DROP SEQUENCE refusals",
        )


def execute(container: Container, statements: str) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(statements))


def test_a_settlement_that_was_refused_twice_succeeds_in_the_third_round(
    container: Container, who: Subscriber
) -> None:
    """Fault 11: three rounds."""
    with refusing(container, "payment", ROUNDS - 1):
        run(container)

    assert states(container, invoices(container, who)[-1].id) == [AttemptState.SUCCEEDED]
    assert_books_agree(container)


def test_a_settlement_that_is_refused_on_and_on_ends_in_a_clean_error_and_is_the_janitors(
    container: Container, who: Subscriber
) -> None:
    """Fault 11: after the third round the error is told, nothing is half done and nobody is parked."""
    invoice_id = order(container, who.customer_id, "mail-connector")
    (method,) = rows(container, PaymentMethod, customer_id=who.customer_id)

    with refusing(container, "payment", ROUNDS), pytest.raises(OperationalError):
        charge(container, invoice_id, method.id)

    assert states(container, invoice_id) == [AttemptState.STARTED]
    assert rows(container, Payment, invoice_id=invoice_id) == []
    assert_nobody_is_parked(container)
    minutes_pass(container)
    janitor(container.charging, now=container.clock.now(), real_now=container.wall_clock.now())
    assert states(container, invoice_id) == [AttemptState.SUCCEEDED]
    assert renewal_charges(container, who) == [PRICE]
    assert_books_agree(container)


@pytest.mark.parametrize("table", ["invoice", "status_change"])
def test_a_sweep_that_is_refused_on_and_on_parks_nobody_and_goes_on_next_time(
    container: Container, who: Subscriber, clock: ManualClock, table: str
) -> None:
    """Fault 11: in a chunk of renewals, and in a chunk of orders that lapse."""
    lapsing = order(container, who.customer_id, "mail-connector")
    clock.advance(days=8)

    with refusing(container, table, 100):
        run(container)

    assert_nobody_is_parked(container)
    assert renewal_charges(container, who) == []
    run(container)
    assert renewal_charges(container, who) == [PRICE]
    assert status(container, lapsing) is InvoiceStatus.VOID
    assert_books_agree(container)


def test_orders_lapse_in_the_order_in_which_everybody_locks_customers(
    container: Container, clock: ManualClock
) -> None:
    """Fault 11 avoided: customers first and by their ids, whichever of them ordered first."""
    first, second = subscriber(container), subscriber(container)
    for who in (second, first):
        order(container, who.customer_id, "mail-connector")
    clock.advance(days=8)

    with container.transactions.begin(FACTORY) as work:
        work.customers.get(first.customer_id, lock=True)

        def lock_the_second() -> None:
            work.customers.get(second.customer_id, lock=True)
            work.session.commit()

        told = while_it_waits(container, partial(run, container), lock_the_second)

    assert told == []
    assert {invoices(container, who)[-1].status for who in (first, second)} == {InvoiceStatus.VOID}
    assert_books_agree(container)


def test_who_waits_for_a_promo_code_keeps_nobody_from_a_number(container: Container) -> None:
    """Fault 11 avoided: the row of the numbers is locked last, by nobody who waits for something else."""
    waiting, ordering = subscriber(container), subscriber(container)
    code_id = create_promo_code(
        container.transactions,
        actor=FACTORY,
        new=NewPromoCode(code="SPRING", valid_from=container.clock.now(), percent=2_000),
        now=container.clock.now(),
    )
    cart_id = filled_cart(container, waiting.customer_id, "another account")
    now = container.clock.now()
    apply_promo_code(container.transactions, customer_id=waiting.customer_id, code="SPRING", now=now)
    wish = Order(waiting.customer_id, cart_id, PaymentMethodKind.CARD)

    def order_without_a_code() -> None:
        order(container, ordering.customer_id, "mail-connector")
        work.session.commit()

    with container.transactions.begin(FACTORY) as work:
        work.promo_codes.get(code_id, lock=True)
        told = while_it_waits(
            container, partial(place_order, container.transactions, order=wish, now=now), order_without_a_code
        )

    assert told == []
    assert [len(invoices(container, who)) for who in (waiting, ordering)] == [2, 2]
    assert_books_agree(container)
