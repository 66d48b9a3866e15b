"""Bulk billing: chunks of whole customers, each locked, each chunk one transaction (design §2.4, G6).

Two machines share the work: what one has locked the other leaves alone. A chunk that fails is repeated
customer by customer, and a customer that fails alone is parked: nobody is billed on a guess. Whom only
another transaction stood in the way of is left to the next run.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.billing.actors import Actor
from app.billing.errors import BillingError
from app.billing.ports import PaymentGateway
from app.services.bulk import BulkResult, customer_chunks, failure_code
from app.services.conflicts import begun_anew, put_off_or_raise
from app.services.parking import park_billing
from app.services.unit_of_work import Transactions, UnitOfWork

ACTOR = Actor.system("billing")
CHARGES_IN_FLIGHT = 16
OBJECTS_BETWEEN_COLLECTIONS = 20_000
log = structlog.get_logger()

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class BillingRun:
    """One run of billing: what it needs and at which instant it bills. `real_now` is real time."""

    transactions: Transactions
    now: datetime
    real_now: datetime
    gateways: Mapping[str, PaymentGateway] = field(default_factory=dict)
    charges_in_flight: int = CHARGES_IN_FLIGHT


def in_billing_chunks(
    run: BillingRun,
    rows: Sequence[tuple[int, int]],
    handle: Callable[[UnitOfWork, Sequence[int], BillingRun], Outcome],
    then: Callable[[Outcome], None] | None = None,
) -> BulkResult:
    """Handle pairs of a row's id and its customer, in the order of customers.

    `handle` gets the rows of a chunk whose customers it locked and whose billing is not parked; `then`
    gets its answer after the commit. Raises what means that the database itself is away.
    """
    result = BulkResult()
    with _garbage_collected_rarely():
        for chunk in customer_chunks(rows):
            try:
                _handle(run, chunk, handle, then)
                result.handled += len(chunk)
            except (BillingError, SQLAlchemyError, ValueError, LookupError, AssertionError) as error:
                if isinstance(error, OperationalError) and error.connection_invalidated:
                    raise
                _one_by_one(run, chunk, handle, then, result)
    return result


@contextmanager
def _garbage_collected_rarely() -> Iterator[None]:
    """A chunk makes tens of thousands of objects that live until its end: to look among them for garbage
    after every few hundred, as Python does, is a third of the work.
    """
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _handle(
    run: BillingRun,
    chunk: Sequence[tuple[int, int]],
    handle: Callable[[UnitOfWork, Sequence[int], BillingRun], Outcome],
    then: Callable[[Outcome], None] | None,
) -> None:
    def transaction() -> Outcome:
        with run.transactions.begin(ACTOR) as work:
            free = work.customers.locked_all({customer_id for _, customer_id in chunk}, skip_locked=True)
            billed = {customer.id for customer in free if customer.billing_parked_at is None}
            return handle(work, [row for row, customer_id in chunk if customer_id in billed], run)

    outcome = begun_anew(transaction)
    if then is not None:
        then(outcome)


def _one_by_one(
    run: BillingRun,
    chunk: Sequence[tuple[int, int]],
    handle: Callable[[UnitOfWork, Sequence[int], BillingRun], Outcome],
    then: Callable[[Outcome], None] | None,
    result: BulkResult,
) -> None:
    for customer_id, held in groupby(chunk, key=lambda row: row[1]):
        rows = list(held)
        try:
            _handle(run, rows, handle, then)
            result.handled += len(rows)
        except (BillingError, SQLAlchemyError, ValueError, LookupError, AssertionError) as error:
            if isinstance(error, OperationalError):
                put_off_or_raise(error, customer=customer_id)
                continue
            code = failure_code(error)
            log.error("billing_parked", customer=customer_id, failure=code)
            _park(run, customer_id, code)
            result.parked.extend(row for row, _ in rows)


def _park(run: BillingRun, customer_id: int, code: str) -> None:
    with run.transactions.begin(ACTOR) as work:
        park_billing(work, work.customers.get(customer_id, lock=True), f"billing failed: {code}", run.now)
