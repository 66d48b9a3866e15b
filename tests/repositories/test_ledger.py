"""Queries of the ledger: what is due is found by index, and a report sees one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.billing.ledger import usage_given
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.bootstrap import Container
from app.models import LedgerEntry, ServiceMonth
from app.repositories.ledger import Books, GivenService
from app.services.bookkeeping import Cause, book
from app.services.unit_of_work import Repositories
from tests.clock import ManualClock
from tests.factories import FACTORY, rows
from tests.ledger_rows import Sale, sold

BOOKS = Books(1, "RUB")
YEAR = Sale(price=Money(1_009_800, "RUB"), interval=BillingInterval.YEAR)
VAT = Money(17_852, "RUB")


def plans(container: Container, ask: Callable[[Repositories], object]) -> list[str]:
    """How the database answers each query of the call when the tables are as large as they will be."""
    asked: list[tuple[str, Any]] = []

    def remember(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with container.transactions.reading() as repositories:
        repositories.session.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(container.engine, "before_cursor_execute", remember)
        ask(repositories)
        event.remove(container.engine, "before_cursor_execute", remember)
        connection = repositories.session.connection()
        return [
            "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
            for statement, parameters in asked
        ]


DAYS = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda all_: all_.service_months.due(DAYS[0]), "ix_service_month_due"),
        (lambda all_: all_.ledger.turnovers(BOOKS, *DAYS), "ix_ledger_entry_booked_on"),
        (lambda all_: all_.ledger.turnovers(BOOKS, *DAYS, 7), "ix_ledger_entry_customer"),
        (lambda all_: all_.ledger.events_of_customer(BOOKS, 7, *DAYS), "ix_ledger_entry_customer"),
        (lambda all_: all_.ledger.revenue(BOOKS, *DAYS), "ix_ledger_entry_booked_on"),
    ],
)
def test_what_grows_for_ever_is_found_by_index(
    container: Container, ask: Callable[[Repositories], object], index: str
) -> None:
    (plan,) = plans(container, ask)
    assert index in plan, plan


def test_due_months_come_oldest_first(container: Container, clock: ManualClock, alice: int) -> None:
    sold(container, alice, YEAR)
    sold(container, alice, YEAR, at=clock.now() - timedelta(days=10))
    with container.transactions.reading() as repositories:
        due = repositories.service_months.due(date(2026, 5, 1))
        assert repositories.service_months.due(date(2026, 3, 19)) == []
    days = [rows(container, ServiceMonth, id=each)[0].last_day for each in due]
    assert days == [date(2026, 3, 20), date(2026, 4, 2), date(2026, 4, 20)]


def test_what_another_holds_or_has_booked_is_left_out(container: Container, alice: int) -> None:
    sold(container, alice, YEAR)
    with container.transactions.begin(FACTORY) as work:
        work.service_months.close([GivenService(1, None, Money(0, "RUB"))], container.clock.now())
    with container.transactions.begin(FACTORY) as first, container.transactions.begin(FACTORY) as second:
        assert [month.id for month in first.service_months.locked_free([1, 2, 3])] == [2, 3]
        assert [month.id for month in second.service_months.locked_free([1, 2, 3, 4])] == [4]


def test_months_are_closed_each_with_its_own_vat(container: Container, alice: int) -> None:
    sold(container, alice, YEAR)
    given = [GivenService(1, None, Money(0, "RUB")), GivenService(3, 2200, Money(15, "RUB"))]
    with container.transactions.begin(FACTORY) as work:
        work.service_months.close(given, container.clock.now())
    months = rows(container, ServiceMonth)[:4]
    now = container.clock.now()
    assert [(month.recognised_at, month.vat_rate, month.vat_minor) for month in months] == [
        (now, None, 0),
        (None, None, None),
        (now, 2200, 15),
        (None, None, None),
    ]


def test_a_report_sees_one_moment(container: Container, alice: int) -> None:
    day = date(2026, 3, 2)
    with container.transactions.reading() as repositories:
        repositories.ledger.read_one_moment()
        before = repositories.ledger.turnovers(BOOKS, day, day)
        sold(container, alice)
        assert repositories.ledger.turnovers(BOOKS, day, day) == before == []
        assert repositories.ledger.events_of_customer(BOOKS, alice, day, day) == []
    with container.transactions.reading() as repositories:
        assert len(repositories.ledger.turnovers(BOOKS, day, day)) == 4


def test_a_month_is_never_booked_twice(container: Container, alice: int) -> None:
    sold(container, alice)
    cause = Cause(1, alice, service_month_id=1)
    entries = usage_given(Money(99_000, "RUB"), VAT)
    with container.transactions.begin(FACTORY) as work:
        book(work, entries, cause, container.clock.now())
    with pytest.raises(IntegrityError), container.transactions.begin(FACTORY) as work:
        book(work, entries, cause, container.clock.now())


def test_an_entry_never_changes(container: Container, alice: int) -> None:
    sold(container, alice)
    with pytest.raises(DBAPIError, match="append-only"), container.transactions.begin(FACTORY) as work:
        work.ledger.get(rows(container, LedgerEntry)[0].id).amount_minor += 1
