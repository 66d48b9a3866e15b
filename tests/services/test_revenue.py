"""Revenue: booked once, dated by the last day of the service month, at that day's rate (K1, J2)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from sqlalchemy import event

from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import LedgerEntry, PayerKind, SellerTaxRegime, ServiceMonth, StaffTask
from app.services.bulk import BulkResult
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, rows
from tests.ledger_rows import Sale, sold
from tests.parallel import at_once

YEAR = Sale(price=Money(1_009_800, "RUB"), interval=BillingInterval.YEAR)


def recognise(container: Container) -> BulkResult:
    return recognise_revenue(container.transactions, now=container.clock.now())


def booked(container: Container) -> list[tuple[str, int, date]]:
    """What was booked for service months: kind, amount, date."""
    return [
        (entry.kind, entry.amount_minor, entry.booked_on)
        for entry in rows(container, LedgerEntry)
        if entry.service_month_id is not None
    ]


def test_a_month_is_booked_from_its_last_day_on(container: Container, clock: ManualClock, alice: int) -> None:
    sold(container, alice)  # 2 March to 2 April
    clock.move_to(datetime(2026, 4, 1, 20, 59, 59, tzinfo=UTC))
    assert recognise(container) == BulkResult(0, [])
    assert booked(container) == []

    clock.move_to(datetime(2026, 4, 1, 21, 0, tzinfo=UTC))  # midnight in Moscow

    assert recognise(container) == BulkResult(1, [])
    day = date(2026, 4, 2)
    assert booked(container) == [
        ("service_given", 99_000, day),
        ("service_vat", 17_852, day),
        ("advance_offset", 99_000, day),
        ("advance_vat_deducted", 17_852, day),
    ]
    (month,) = rows(container, ServiceMonth)
    assert (month.recognised_at, month.vat_rate, month.vat_minor) == (clock.now(), 2200, 17_852)
    assert {entry.at for entry in rows(container, LedgerEntry) if entry.service_month_id} == {clock.now()}


def test_the_rate_is_that_of_the_last_day_and_not_of_the_money(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice, YEAR, at=datetime(2025, 11, 15, 9, 0, tzinfo=UTC))
    clock.move_to(datetime(2026, 1, 20, tzinfo=UTC))
    recognise(container)
    first, second, *rest = rows(container, ServiceMonth)
    assert (first.last_day, first.vat_rate) == (date(2025, 12, 15), 2000)
    assert (second.last_day, second.vat_rate) == (date(2026, 1, 15), 2200)
    assert {month.vat_rate for month in rest} == {None}
    assert first.vat_minor == round(first.gross_minor * 20 / 120)
    assert second.vat_minor == round(second.gross_minor * 22 / 122)


def test_being_late_changes_neither_dates_nor_rates(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice, YEAR, at=datetime(2025, 11, 15, 9, 0, tzinfo=UTC))
    clock.move_to(datetime(2027, 5, 1, tzinfo=UTC))
    assert recognise(container).handled == 12
    months = rows(container, ServiceMonth)
    assert [(month.vat_rate, month.recognised_at) for month in months] == [
        (2000 if number == 1 else 2200, clock.now()) for number in range(1, 13)
    ]
    days = [month.last_day for month in months]
    assert [day for kind, _, day in booked(container) if kind == "service_given"] == days


def test_a_foreign_payer_has_no_russian_vat(container: Container, clock: ManualClock, shop: object) -> None:
    bob = create_customer(container, "bob@example.com", country="DE")
    create_payer(container, bob, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    sold(container, bob)
    clock.advance(days=40)
    recognise(container)
    (month,) = rows(container, ServiceMonth)
    assert (month.vat_rate, month.vat_minor) == (None, 0)
    assert [kind for kind, _, _ in booked(container)] == ["service_given", "advance_offset"]


def test_a_month_refunded_whole_is_closed_with_nothing_to_book(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        month = work.service_months.get(1)
        month.refunded_minor, month.refunded_advance_vat_minor = month.gross_minor, month.advance_vat_minor
    clock.advance(days=40)

    assert recognise(container).handled == 1

    assert booked(container) == []
    (month,) = rows(container, ServiceMonth)
    assert (month.recognised_at, month.vat_minor) == (clock.now(), 0)


def test_a_month_refunded_in_part_is_given_at_what_is_left(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        month = work.service_months.get(1)
        month.refunded_minor, month.refunded_advance_vat_minor = 86_800, 15_652
    clock.advance(days=40)
    recognise(container)
    assert [(kind, amount) for kind, amount, _ in booked(container)] == [
        ("service_given", 12_200),
        ("service_vat", 2_200),
        ("advance_offset", 12_200),
        ("advance_vat_deducted", 2_200),
    ]


def test_running_twice_books_once(container: Container, clock: ManualClock, alice: int) -> None:
    sold(container, alice)
    clock.advance(days=40)
    recognise(container)
    before = booked(container)
    assert recognise(container) == BulkResult(0, [])
    assert booked(container) == before


def test_four_machines_at_once_book_every_month_once(
    container: Container, clock: ManualClock, alice: int
) -> None:
    for _ in range(18):  # more than one chunk
        sold(container, alice, YEAR)
    clock.advance(days=400)

    outcomes = at_once(*[partial(recognise, container)] * 4)

    assert outcomes.refusals == []
    left = recognise(container).handled  # what one of them skipped because another held it to its end
    assert sum(result.handled for result in outcomes.results) + left == 216
    assert len([kind for kind, _, _ in booked(container) if kind == "service_given"]) == 216
    assert rows(container, StaffTask) == []


def test_a_month_that_somebody_holds_waits_for_the_next_time(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    sold(container, alice)
    clock.advance(days=40)
    with container.transactions.begin(FACTORY) as work:
        work.service_months.locked_of_line(1)
        assert recognise(container) == BulkResult(1, [])
    assert recognise(container) == BulkResult(1, [])


def test_a_month_without_a_rate_goes_to_staff_and_holds_up_nobody(
    container: Container, clock: ManualClock, alice: int
) -> None:
    for _ in range(3):
        sold(container, alice)
    clock.advance(days=40)
    with container.transactions.begin(FACTORY) as work:
        work.service_months.get(2).last_day = date(2018, 5, 1)  # before any regime

    for _ in range(2):
        assert recognise(container).parked == [2]

    assert [(task.kind, task.object_id) for task in rows(container, StaffTask)] == [
        ("revenue:NO_TAX_RATE", "2")
    ]
    assert [month.recognised_at is None for month in rows(container, ServiceMonth)] == [False, True, False]
    with container.transactions.begin(FACTORY) as work:
        work.session.add(
            SellerTaxRegime(seller_id=1, effective_from=date(2010, 1, 1), regime=TaxRegime.SIMPLIFIED)
        )
    assert recognise(container) == BulkResult(1, [])


def test_a_chunk_costs_a_handful_of_statements(container: Container, clock: ManualClock, alice: int) -> None:
    for _ in range(5):
        sold(container, alice, YEAR)
    clock.advance(days=400)
    statements: list[str] = []
    event.listen(
        container.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: statements.append(statement),
    )
    assert recognise(container).handled == 60
    assert len(statements) <= 8
