"""Closing a month: the checklist, the wall, what arrives late, reopening."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.month_closing import ClosingCheck, ClosingState, MonthClosed, MonthNotOver
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import AuditEntry, Document, LedgerEntry, MonthClosing, OutboxMessage, StatusChange
from app.services.issuing.run import issue_due_documents
from app.services.month_closing import JOB, reopen_month, run_closing, start_closing
from app.services.revenue import recognise_revenue
from app.services.sweep import sweep
from tests.clock import ManualClock
from tests.factories import (
    FACTORY,
    buy,
    create_connector,
    create_customer,
    create_payer,
    create_seller,
    deliver_all,
    rows,
)
from tests.ledger_rows import registered

ANNA = Actor.staff("anna")
MARCH = date(2026, 3, 1)


@pytest.fixture
def seller_id(container: Container) -> int:
    """A seller with one customer who bought in March; it is the first of May."""
    seller_id = create_seller(container)
    create_connector(container)
    return seller_id


@pytest.fixture
def sold(container: Container, clock: ManualClock, seller_id: int) -> int:
    """A purchase of 2 March with all of its documents, seen on 2 April; the customer."""
    customer_id = create_customer(container)
    registered(container, customer_id)
    create_payer(container, customer_id)
    buy(container, customer_id, "crm-connector", make_account="1")
    clock.advance(days=31)
    sweep(container.billing_run())
    issue_due_documents(container.transactions, now=clock.now())
    deliver_all(container)
    make_ready(container)
    return customer_id


def make_ready(container: Container) -> None:
    """Documents have their files."""
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text("UPDATE document SET status = 'ready', rendered_at = now()"))


def start(container: Container, seller_id: int, month: date = MARCH) -> int:
    return start_closing(
        container.transactions, actor=ANNA, seller_id=seller_id, month=month, now=container.clock.now()
    )


def close(container: Container, seller_id: int, month: date = MARCH) -> MonthClosing:
    """Ask for it and let the worker work."""
    start(container, seller_id, month)
    deliver_all(container)
    return closing(container)


def closing(container: Container) -> MonthClosing:
    (row,) = rows(container, MonthClosing)
    return row


def found(row: MonthClosing) -> dict[ClosingCheck, int]:
    return {result.check: result.count for result in row.results() if result.count}


def test_a_month_in_order_is_closed(container: Container, seller_id: int, sold: int) -> None:
    row = close(container, seller_id)
    assert [result.check for result in row.results()] == list(ClosingCheck)
    assert found(row) == {}
    assert (row.state, row.started_by, row.run) == (ClosingState.CLOSED, "staff:anna", 1)
    assert row.finished_at is not None
    history = [each for each in rows(container, StatusChange) if each.object_kind == "month_closing"]
    assert [each.new_status for each in history] == ["checking", "closed"]
    deeds = [each.action for each in rows(container, AuditEntry) if each.object_kind == "month_closing"]
    assert deeds == ["month_closing.start", "month_closing.close"]


def test_a_month_that_still_runs_is_not_closed(
    container: Container, clock: ManualClock, seller_id: int
) -> None:
    for month in (date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)):
        with pytest.raises(MonthNotOver):
            start(container, seller_id, month)
    assert clock.now().date() == date(2026, 3, 2)
    assert start(container, seller_id, date(2026, 2, 28))


def test_only_staff_close_and_reopen(container: Container, seller_id: int, sold: int) -> None:
    for actor in (Actor.customer(sold), Actor.system("sweep")):
        with pytest.raises(NotPermitted):
            start_closing(
                container.transactions,
                actor=actor,
                seller_id=seller_id,
                month=MARCH,
                now=container.clock.now(),
            )
        with pytest.raises(NotPermitted):
            reopen(container, 1, actor=actor)


def test_a_seller_who_is_not_there_has_no_months(container: Container, seller_id: int, sold: int) -> None:
    with pytest.raises(NotFound):
        start(container, 999)


def spoil(container: Container, statement: str) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(statement))


DOLLARS = """
    INSERT INTO ledger_entry
    (seller_id, customer_id, kind, debit, credit, currency, amount_minor, at, booked_on)
    VALUES (1, 1, 'goodwill_granted', 'goodwill_granted', 'goodwill', 'USD', 1, now(), '2026-03-15')
"""
UNMATCHED = """
    SET LOCAL session_replication_role = replica;
    INSERT INTO bank_line (statement_id, seller_id, account, fingerprint, position, booked_on, direction,
    currency, amount_minor, reference, purpose, party_name, state, finding)
    VALUES (1, 1, '40', 'x', 1, '2026-03-31', 'in', 'RUB', 1, '', '', '', 'unmatched', 'no_number')
"""
FAIL = "UPDATE document SET status = 'failed', rendered_at = NULL WHERE id = 1"


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (FAIL, ClosingCheck.FAILED_DOCUMENTS),
        (DOLLARS, ClosingCheck.EXCHANGE_RATES),
        (UNMATCHED, ClosingCheck.BANK_LINES),
        (
            "UPDATE service_month SET recognised_at = NULL, vat_minor = NULL, last_day = '2026-03-31'",
            ClosingCheck.REVENUE,
        ),
        (
            "UPDATE payment_attempt SET state = 'unknown', settled_at = NULL, started_at = '2026-03-02'",
            ClosingCheck.UNKNOWN_MONEY,
        ),
    ],
)
def test_what_is_not_in_order_is_found_and_named(
    container: Container, seller_id: int, sold: int, statement: str, check: ClosingCheck
) -> None:
    spoil(container, statement)
    row = close(container, seller_id)
    assert row.state is ClosingState.REFUSED
    assert found(row)[check] == 1
    (result,) = [result for result in row.results() if result.check is check]
    assert len(result.examples) == 1


def test_a_missing_document_refuses_the_month_and_its_arrival_lets_it_close(
    container: Container, clock: ManualClock, seller_id: int
) -> None:
    customer_id = create_customer(container)
    registered(container, customer_id)
    create_payer(container, customer_id)
    buy(container, customer_id, "crm-connector", make_account="1")
    clock.advance(days=31)
    row = close(container, seller_id)
    assert row.state is ClosingState.REFUSED
    assert {ClosingCheck.MISSING_DOCUMENTS, ClosingCheck.VAT} <= found(row).keys()

    recognise_revenue(container.transactions, now=clock.now())
    issue_due_documents(container.transactions, now=clock.now())
    make_ready(container)
    row = close(container, seller_id)
    assert (row.state, row.run, found(row)) == (ClosingState.CLOSED, 2, {})


def test_asking_twice_is_one_run(container: Container, seller_id: int, sold: int) -> None:
    assert start(container, seller_id) == start(container, seller_id)
    jobs = [each for each in rows(container, OutboxMessage) if each.name == JOB]
    assert len(jobs) == 1
    deliver_all(container)
    with pytest.raises(MonthClosed):
        start(container, seller_id)


def test_a_run_goes_on_where_it_broke_off(container: Container, seller_id: int, sold: int) -> None:
    closing_id = start(container, seller_id)
    with container.transactions.begin(FACTORY) as work:
        kept = {"check": "revenue", "count": 7, "examples": ["service_month 1"]}
        work.month_closings.get(closing_id, lock=True).checklist = [kept]
    deliver_all(container)
    row = closing(container)
    assert row.state is ClosingState.REFUSED, "what was found before counts: a new run looks anew"
    assert found(row) == {ClosingCheck.REVENUE: 7}
    assert close(container, seller_id).state is ClosingState.CLOSED


def run(container: Container, closing_id: int, number: int) -> None:
    run_closing(
        container.transactions,
        closing_id=closing_id,
        run=number,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def test_a_run_that_is_over_changes_nothing(container: Container, seller_id: int, sold: int) -> None:
    spoil(container, FAIL)
    first = close(container, seller_id)
    run(container, first.id, 1)
    make_ready(container)
    start(container, seller_id)
    run(container, first.id, 1)
    row = closing(container)
    assert (row.state, row.run, row.checklist) == (ClosingState.CHECKING, 2, [])


def test_what_breaks_while_the_checklist_is_gone_through_is_seen_at_the_end(
    container: Container, seller_id: int, sold: int
) -> None:
    closing_id = start(container, seller_id)
    with container.transactions.begin(FACTORY) as work:
        row = work.month_closings.get(closing_id, lock=True)
        row.checklist = [{"check": each.value, "count": 0, "examples": []} for each in ClosingCheck]
    spoil(container, FAIL)
    deliver_all(container)
    row = closing(container)
    assert (row.state, found(row)) == (ClosingState.REFUSED, {ClosingCheck.FAILED_DOCUMENTS: 1})


ENTRY = """
    INSERT INTO ledger_entry
    (seller_id, customer_id, kind, debit, credit, currency, amount_minor, at, booked_on)
    VALUES (1, 1, 'goodwill_granted', 'goodwill_granted', 'goodwill', 'RUB', 1, now(), '{}')
"""
DOCUMENT = """
    INSERT INTO document (seller_id, customer_id, payer_id, invoice_id, kind, series, year, ordinal, number,
    correction, corrects_id, corrected_on, issued_on, supplied_on, currency, total_minor, vat_minor, snapshot,
    status, original_state, created_at) SELECT seller_id, customer_id, payer_id, invoice_id, 'act', 'X', 2026,
    (SELECT count(*) + 1 FROM document), 'X', {correction}, {corrects}, {corrected_on}, {issued_on},
    {supplied_on}, currency, 0, 0, snapshot, 'pending', 'none', now() FROM document WHERE id = 1
"""


def document(issued_on: str, supplied_on: str = "NULL", corrected_on: str = "NULL") -> str:
    corrected = corrected_on != "NULL"
    return DOCUMENT.format(
        correction=int(corrected),
        corrects="1" if corrected else "NULL",
        corrected_on=corrected_on,
        issued_on=issued_on,
        supplied_on=supplied_on,
    )


IN_MARCH = (
    ENTRY.format("2026-03-01"),
    ENTRY.format("2026-03-31"),
    document("'2026-03-31'"),
    document("'2026-04-01'", supplied_on="'2026-03-31'"),
    document("'2026-04-01'", corrected_on="'2026-03-31'"),
)
NOT_IN_MARCH = (
    ENTRY.format("2026-02-28"),
    ENTRY.format("2026-04-01"),
    document("'2026-04-01'"),
    document("'2026-04-01'", supplied_on="'2026-04-01'"),
    document("'2026-03-31'", supplied_on="'2026-03-31'", corrected_on="'2026-04-01'"),
)


def test_a_closed_month_takes_nothing_and_its_neighbours_do(
    container: Container, seller_id: int, sold: int
) -> None:
    row = close(container, seller_id)
    for statement in IN_MARCH:
        with pytest.raises(DBAPIError, match="month_closed"):
            spoil(container, statement)
    for statement in NOT_IN_MARCH:
        spoil(container, statement)
    reopen(container, row.id)
    for statement in IN_MARCH:
        spoil(container, statement)


@pytest.mark.parametrize("state", ["checking", "refused", "reopened"])
def test_only_closed_months_are_walls(container: Container, seller_id: int, sold: int, state: str) -> None:
    close(container, seller_id)
    spoil(
        container,
        f"UPDATE month_closing SET state = '{state}', reopened_at = now(), reopened_by = 'a', "  # noqa: S608
        f"reopened_reason = 'b'{', finished_at = NULL' if state == 'checking' else ''}",
    )
    for statement in IN_MARCH:
        spoil(container, statement)


def test_another_sellers_months_are_their_own(container: Container, seller_id: int, sold: int) -> None:
    close(container, seller_id)
    spoil(container, "INSERT INTO seller SELECT (s).* FROM (SELECT jsonb_populate_record(seller, "
          "'{\"id\": 2, \"inn\": \"7736050003\"}') AS s FROM seller) AS other")  # fmt: skip
    spoil(container, ENTRY.replace("VALUES (1,", "VALUES (2,").format("2026-03-31"))


CLOSED_APRIL = """
    INSERT INTO month_closing (seller_id, month, state, started_at, started_by, run, finished_at, checklist)
    VALUES (1, '2026-04-01', 'closed', now(), 'anna', 1, now(), '[]')
"""


def test_service_that_arrives_late_goes_to_the_next_open_day(
    container: Container, clock: ManualClock, seller_id: int
) -> None:
    customer_id = create_customer(container)
    registered(container, customer_id)
    create_payer(container, customer_id)
    buy(container, customer_id, "crm-connector", make_account="1")
    clock.advance(days=61)
    spoil(container, CLOSED_APRIL)

    recognise_revenue(container.transactions, now=clock.now())
    issue_due_documents(container.transactions, now=clock.now())

    given = [entry for entry in rows(container, LedgerEntry) if entry.kind == "service_given"]
    assert [entry.booked_on for entry in given] == [date(2026, 5, 1)], "2 April, and April is closed"
    (transfer,) = [each for each in rows(container, Document) if each.kind == "transfer"]
    assert (transfer.supplied_on, transfer.issued_on) == (date(2026, 5, 1), date(2026, 5, 1))


def reopen(container: Container, closing_id: int, *, actor: Actor = ANNA, reason: str = "ошибка") -> None:
    reopen_month(
        container.transactions,
        actor=actor,
        closing_id=closing_id,
        reason=reason,
        now=container.clock.now(),
    )


def test_reopening_is_for_a_reason_and_leaves_its_trace(
    container: Container, seller_id: int, sold: int
) -> None:
    row = close(container, seller_id)
    with pytest.raises(InvalidInput):
        reopen(container, row.id, reason="  ")
    reopen(container, row.id)
    row = closing(container)
    assert (row.state, row.reopened_by, row.reopened_reason) == (
        ClosingState.REOPENED,
        "staff:anna",
        "ошибка",
    )
    with pytest.raises(IllegalTransition):
        reopen(container, row.id)
    assert close(container, seller_id).state is ClosingState.CLOSED
    actions = [each.action for each in rows(container, AuditEntry) if each.object_kind == "month_closing"]
    assert actions == [
        "month_closing.start", "month_closing.close", "month_closing.reopen", "month_closing.start",
        "month_closing.close",
    ]  # fmt: skip


def test_whoever_is_about_to_date_something_makes_the_closing_try_again(
    container: Container, seller_id: int, sold: int
) -> None:
    closing_id = start(container, seller_id)
    with container.transactions.begin(FACTORY) as work:
        work.session.execute(text(ENTRY.format("2026-03-31")))
        with pytest.raises(Conflict) as busy:
            run(container, closing_id, 1)
        assert busy.value.code == "MONTH_BUSY"
        assert closing(container).state is ClosingState.CHECKING
    run(container, closing_id, 1)
    assert closing(container).state is ClosingState.CLOSED
