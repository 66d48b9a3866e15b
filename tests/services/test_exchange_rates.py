"""Import of exchange rates on a real database: idempotent, never silently changed, back-filled (J4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.billing.actors import Actor
from app.billing.errors import BillingError, Conflict, InvalidInput, NotPermitted
from app.billing.exchange_rates import ExchangeRate, MissingRate, RateFile
from app.billing.money import Money
from app.bootstrap import Container
from app.models import AuditEntry, ExchangeRateDay, ExchangeRateRow, StaffTask
from app.rates.files import read_rate_file
from app.services.exchange_rates import Imported, fetch_rates, rates_by_day, rouble_value, upload_rates
from tests.clock import ManualClock
from tests.factories import FACTORY, rows
from tests.parallel import at_once
from tests.rates.samples import daily, history

ANNA = Actor.staff("anna")
THURSDAY, FRIDAY = date(2026, 2, 26), date(2026, 2, 27)
SATURDAY, SUNDAY, MONDAY = date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)
DAY = timedelta(days=1)


def upload(container: Container, content: bytes, asked_for: date | None = None) -> Imported:
    return upload_rates(
        container.transactions,
        actor=ANNA,
        file=read_rate_file(content, asked_for),
        now=container.clock.now(),
    )


def in_force(container: Container, currency: str, day: date) -> ExchangeRate | MissingRate:
    with container.transactions.reading() as repositories:
        return repositories.exchange_rates.in_force(currency, day)


@dataclass
class FakeSource:
    """Answers with the last of these days, like the Bank."""

    published: list[date] = field(default_factory=list)
    broken: set[date] = field(default_factory=set)
    asked: list[date] = field(default_factory=list)

    def rates_of(self, day: date) -> RateFile | None:
        self.asked.append(day)
        if day in self.broken:
            return read_rate_file(b"<html>", day)
        earlier = [each for each in self.published if each <= day]
        return read_rate_file(daily(earlier[-1]), day) if earlier else None


def test_a_file_is_stored_once_and_its_rates_are_in_force(container: Container) -> None:
    assert upload(container, daily(SATURDAY), MONDAY) == Imported(rates=2, days=3)
    assert upload(container, daily(SATURDAY), MONDAY) == Imported(rates=0, days=0)
    (rate,) = rows(container, ExchangeRateRow, currency="USD")
    assert in_force(container, "USD", MONDAY) == rate.rate
    assert rate.imported_by == "staff:anna"
    assert in_force(container, "USD", FRIDAY) is MissingRate.DAY_UNKNOWN
    (audit,) = rows(container, AuditEntry, action="exchange_rate.import")
    assert (audit.object_id, audit.details) == ("2026-02-28/2026-03-02", {"rates": 2, "days": 3})


def test_a_sum_has_a_value_at_the_rate_of_its_legal_date_or_none(container: Container) -> None:
    upload(container, daily(SATURDAY), MONDAY)
    with container.transactions.reading() as repositories:
        value = partial(rouble_value, repositories, amount=Money(10_000, "USD"))
        assert value(day=SUNDAY) == Money(764_513, "RUB")
        assert value(day=FRIDAY) is MissingRate.DAY_UNKNOWN


def test_a_history_fills_what_lies_between(container: Container) -> None:
    upload(container, history("USD", {FRIDAY: "75,0000", SATURDAY: "76,4513"}))
    assert in_force(container, "EUR", SATURDAY) is MissingRate.RATE_UNKNOWN
    assert upload(container, daily(SATURDAY)) == Imported(rates=1, days=0)
    assert isinstance(in_force(container, "EUR", SATURDAY), ExchangeRate)
    assert in_force(container, "EUR", FRIDAY) is MissingRate.RATE_UNKNOWN


def test_a_published_rate_never_changes_silently(container: Container) -> None:
    upload(container, daily(SATURDAY))
    for _time in range(2):
        with pytest.raises(Conflict) as error:
            upload(container, daily(SATURDAY, USD="76,4514"), SUNDAY)
        assert error.value.code == "RATE_DIFFERS"
    assert [row.value for row in rows(container, ExchangeRateRow, currency="USD")] == [
        read_rate_file(daily(SATURDAY)).rates[0].value
    ]
    assert [row.day for row in rows(container, ExchangeRateDay)] == [SATURDAY], (
        "nothing of the file was taken"
    )
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_id) == ("exchange_rate_differs", "USD 2026-02-28")


def test_a_day_without_rates_never_gets_some_later(container: Container) -> None:
    upload(container, daily(SATURDAY), SUNDAY)
    with pytest.raises(Conflict):
        upload(container, daily(SUNDAY))
    (task,) = rows(container, StaffTask)
    assert task.object_id == "2026-03-01"


def test_rates_of_days_to_come_are_refused(container: Container) -> None:
    with pytest.raises(InvalidInput) as error:
        upload(container, daily(MONDAY + 2 * DAY))
    assert error.value.code == "RATES_IN_FUTURE"
    assert rows(container, ExchangeRateDay) == []


def test_only_staff_upload(container: Container) -> None:
    with pytest.raises(NotPermitted):
        upload_rates(
            container.transactions,
            actor=Actor.customer(1),
            file=read_rate_file(daily(SATURDAY)),
            now=container.clock.now(),
        )


def test_two_imports_at_once_store_a_file_once(container: Container) -> None:
    at_once(*[partial(upload, container, daily(SATURDAY), MONDAY)] * 4)
    assert len(rows(container, ExchangeRateRow)) == 2
    assert len(rows(container, ExchangeRateDay)) == 3


def test_two_imports_at_once_that_contradict_leave_one_of_them(container: Container) -> None:
    refused: list[str] = []

    def attempt(value: str) -> None:
        try:
            upload(container, daily(SATURDAY, USD=value))
        except BillingError as error:
            refused.append(error.code)

    at_once(*[partial(attempt, value) for value in ("76,4513", "76,4514", "76,4515")])
    assert refused == ["RATE_DIFFERS", "RATE_DIFFERS"]
    assert len(rows(container, ExchangeRateRow, currency="USD")) == 1


def test_the_job_asks_for_every_day_that_lacks_rates_and_then_for_none(
    container: Container, clock: ManualClock
) -> None:
    working = [FRIDAY - timedelta(days=number) for number in range(20, -1, -1)]
    source = FakeSource([*working, SATURDAY])
    assert fetch_rates(container.transactions, source, now=clock.now()) == len(source.asked) == 15
    assert in_force(container, "USD", MONDAY) == in_force(container, "USD", SATURDAY)
    source.asked.clear()
    assert fetch_rates(container.transactions, source, now=clock.now()) == 0
    assert source.asked == []
    clock.advance(days=1)
    source.published.append(MONDAY + DAY)
    assert fetch_rates(container.transactions, source, now=clock.now()) == 1
    assert source.asked == [MONDAY + DAY]


def test_a_source_without_an_answer_is_left_alone_and_every_day_that_passed_is_told_once(
    container: Container, clock: ManualClock
) -> None:
    for currency in ("USD", "EUR"):
        upload(container, history(currency, {MONDAY - timedelta(days=14): "75,0", FRIDAY: "75,1"}))
    source = FakeSource()
    for _time in range(2):
        assert fetch_rates(container.transactions, source, now=clock.now()) == 0
    assert source.asked == [SATURDAY, SATURDAY]
    assert sorted((task.kind, task.object_id) for task in rows(container, StaffTask)) == [
        ("exchange_rate_missing", "2026-02-28"),
        ("exchange_rate_missing", "2026-03-01"),
    ], "today is still to come"


def test_a_bad_answer_or_another_rate_for_one_day_holds_up_no_other(
    container: Container, clock: ManualClock
) -> None:
    for currency in ("USD", "EUR"):
        upload(container, history(currency, {MONDAY - timedelta(days=14): "75,0", THURSDAY: "75,1"}))
    upload(container, history("USD", {FRIDAY: "70,0"}))
    source = FakeSource([FRIDAY, SATURDAY, MONDAY], broken={SATURDAY})
    assert fetch_rates(container.transactions, source, now=clock.now()) == 2
    assert source.asked == [FRIDAY, SATURDAY, SUNDAY, MONDAY]
    assert isinstance(in_force(container, "USD", SUNDAY), ExchangeRate)
    assert isinstance(in_force(container, "USD", MONDAY), ExchangeRate)
    assert {(task.kind, task.object_id) for task in rows(container, StaffTask)} == {
        ("exchange_rate_differs", "USD 2026-02-27"),
        ("exchange_rate_missing", "2026-02-27"),
    }, "Saturday came with Sunday's answer"


def test_the_list_marks_the_days_that_are_missing(container: Container) -> None:
    upload(container, daily(SATURDAY), SUNDAY)
    listed = rates_by_day(container.transactions, first=FRIDAY, last=MONDAY)
    assert [(each.day, each.published_on, each.is_missing) for each in listed] == [
        (MONDAY, None, True),
        (SUNDAY, SATURDAY, False),
        (SATURDAY, SATURDAY, False),
        (FRIDAY, None, True),
    ]


INSERT = (
    "INSERT INTO exchange_rate (currency, published_on, nominal, value, imported_at, imported_by) VALUES "
)


@pytest.mark.parametrize(
    ("wall", "statement"),
    [
        ("append-only", "UPDATE exchange_rate SET value = 1"),
        ("append-only", "DELETE FROM exchange_rate_day"),
        ("positive", INSERT + "('USD', '2026-01-01', 0, 1, now(), '')"),
        ("foreign", INSERT + "('RUB', '2026-01-01', 1, 1, now(), '')"),
        ("currency_published_on", INSERT + "('USD', '2026-02-28', 1, 1, now(), '')"),
        ("force_is_bounded", "INSERT INTO exchange_rate_day VALUES ('2026-01-16', '2026-01-01', now())"),
        ("force_is_bounded", "INSERT INTO exchange_rate_day VALUES ('2026-01-01', '2026-01-02', now())"),
    ],
)
def test_the_database_keeps_what_was_published(container: Container, wall: str, statement: str) -> None:
    upload(container, daily(SATURDAY))
    with pytest.raises(DBAPIError) as error, container.transactions.begin(FACTORY) as work:
        work.session.execute(text(statement))
    assert wall in str(error.value.orig)
