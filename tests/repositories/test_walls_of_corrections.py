"""Walls around corrections and fiscal receipts: whatever code writes the row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Container
from app.services.fiscal.promising import promise_offsets, promise_receipts
from tests.clock import ManualClock
from tests.factories import FACTORY
from tests.services.corrections.papers import given, lowered, rub
from tests.services.fiscal.persons import fiscal_of, person
from tests.services.refunding import send

COLUMNS = (
    "external_id, seller_id, customer_id, payer_id, kind, payment_id, refund_id, currency, total_minor,"
    " settled_on, due_on, snapshot, state, created_at"
)
AGAIN = f"INSERT INTO fiscal_receipt ({COLUMNS}) SELECT " + COLUMNS.replace(
    "external_id", "gen_random_uuid()"
)
TWIN = f"INSERT INTO fiscal_receipt ({COLUMNS}) SELECT {COLUMNS}"
WITHOUT_PAYMENT = AGAIN.replace(" payment_id", " NULL").replace(" NULL", " payment_id", 1)
ENTRY = "seller_id, customer_id, kind, debit, credit, currency, amount_minor, at, booked_on, service_month_id"
ENTRY_AGAIN = f"INSERT INTO ledger_entry ({ENTRY}, refund_id) SELECT {ENTRY}, refund_id FROM ledger_entry"  # noqa: S608


@pytest.fixture
def run(container: Container, clock: ManualClock, shop: object) -> Callable[[str], None]:
    """Runs a statement beside receipts of a payment, of service and of a refund."""
    line = given(container, clock, person(container))
    send(container, lowered(container, line, rub(39_000)))
    promise_receipts(fiscal_of(container), now=clock.now())
    promise_offsets(fiscal_of(container), now=clock.now())

    def statement(sql: str) -> None:
        with container.transactions.begin(FACTORY) as work:
            work.session.execute(text(sql))

    return statement


@pytest.mark.parametrize(
    ("wall", "sql"),
    [
        ("uq_fiscal_receipt_payment", f"{AGAIN} FROM fiscal_receipt WHERE kind = 'payment'"),
        ("uq_fiscal_receipt_refund", f"{AGAIN} FROM fiscal_receipt WHERE kind = 'refund'"),
        ("uq_fiscal_receipt_external_id", f"{TWIN} FROM fiscal_receipt"),
        ("ck_fiscal_receipt_of_a_payment", f"{WITHOUT_PAYMENT} FROM fiscal_receipt WHERE kind = 'payment'"),
        ("ck_fiscal_receipt_registered_at_with_state", "UPDATE fiscal_receipt SET state = 'registered'"),
        ("ck_fiscal_receipt_failed_with_code", "UPDATE fiscal_receipt SET state = 'failed'"),
        ("state", "UPDATE fiscal_receipt SET state = 'lost'"),
        ("fiscal_receipt is refused", "UPDATE fiscal_receipt SET due_on = due_on + 1"),
        ("fiscal_receipt is refused", "DELETE FROM fiscal_receipt"),
        ("fiscal_receipt_month is refused", "UPDATE fiscal_receipt_month SET receipt_id = 1"),
        ("pk_fiscal_receipt_month", "INSERT INTO fiscal_receipt_month SELECT * FROM fiscal_receipt_month"),
        ("uq_ledger_entry_service_month", f"{ENTRY_AGAIN} WHERE kind = 'service_given'"),
        ("uq_ledger_entry_service_month", f"{ENTRY_AGAIN} WHERE kind = 'service_refund'"),
    ],
)  # fmt: skip
def test_the_database_refuses(run: Callable[[str], None], wall: str, sql: str) -> None:
    with pytest.raises(DBAPIError) as refusal:
        run(sql)
    assert wall in str(refusal.value)
