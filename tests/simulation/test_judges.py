"""The judges of a story see what they are there for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.billing.invoice import InvoicePurpose
from app.billing.mail import MailKind
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.simulation.access import UnpaidUsage, should_go_on
from app.simulation.customers import Wish
from app.simulation.periods import Course, Stretch, Told, broken_dates, unannounced_prices
from app.simulation.promises import Announcement, ChargedInvoice, doubled_notices, unannounced_charges
from app.simulation.provider_books import Charge, ChargeState

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = BillingInterval.MONTH


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 9, 0, tzinfo=UTC)


def stretch(
    start: datetime,
    end: datetime,
    *,
    paid_at: datetime | None = None,
    price: int = 1,
    taken_back: bool = False,
    interval: BillingInterval = MONTH,
) -> Stretch:
    return Stretch(start, end, paid_at or start, interval, price, taken_back, ended_trial=False)


def renewal(start: datetime, end: datetime, price: int = 1, interval: BillingInterval = MONTH) -> Stretch:
    return stretch(start, end, paid_at=start - timedelta(hours=9), price=price, interval=interval)


FIRST = stretch(at(1, 31), at(2, 28))


@pytest.mark.parametrize(
    ("periods", "extra_days"),
    [
        ([FIRST, renewal(at(2, 28), at(3, 31)), renewal(at(3, 31), at(4, 30))], []),
        ([FIRST, stretch(at(3, 5), at(4, 5))], []),
        ([stretch(at(1, 31), at(2, 10), taken_back=True), stretch(at(3, 5), at(4, 5))], []),
        ([stretch(at(1, 10), at(2, 20)), renewal(at(2, 20), at(3, 10))], [(at(1, 15), 10)]),
        ([stretch(at(1, 25), at(3, 5)), renewal(at(3, 5), at(3, 25))], [(at(2, 1), 8)]),
    ],
    ids=["anchor day", "resumed", "refunded", "extended", "extended into the next month"],
)
def test_dates_as_promised_are_no_violation(
    periods: list[Stretch], extra_days: list[tuple[datetime, int]]
) -> None:
    assert list(broken_dates(Course(periods, extra_days))) == []


@pytest.mark.parametrize(
    ("periods", "complaint"),
    [
        ([FIRST, renewal(at(3, 1), at(3, 31))], "a gap before"),
        ([FIRST, renewal(at(2, 28), at(3, 28))], "is off day 31"),
        ([stretch(at(1, 10), at(2, 11))], "is off day 10"),
        ([stretch(at(1, 10), at(2, 20)), renewal(at(2, 20), at(3, 20))], "is off day 10"),
    ],
    ids=["gap", "anchor lost", "a day too long", "days that nobody gave"],
)
def test_dates_off_the_promise_are_seen(periods: list[Stretch], complaint: str) -> None:
    assert complaint in next(broken_dates(Course(periods)))


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ([], True),
        ([Told(2, at(1, 30))], True),
        ([Told(3, at(1, 1))], True),
        ([Told(2, at(1, 1))], False),
    ],
    ids=["not told", "told too late", "told of another price", "told in time"],
)
def test_a_dearer_renewal_needs_a_notice_of_thirty_days(told: list[Told], seen: bool) -> None:
    course = Course([FIRST, renewal(at(2, 28), at(3, 31), price=2)], told=told)

    assert bool(list(unannounced_prices(course, {1: 99_000, 2: 109_000, 3: 109_000}))) is seen


def test_a_cheaper_or_a_switched_renewal_needs_none() -> None:
    cheaper = Course([FIRST, renewal(at(2, 28), at(3, 31), price=2)])
    switched = Course([FIRST, renewal(at(2, 28), at(2, 28, 2027), price=3, interval=BillingInterval.YEAR)])

    assert list(unannounced_prices(cheaper, {1: 99_000, 2: 89_000})) == []
    assert list(unannounced_prices(switched, {1: 99_000, 3: 999_000})) == []


def charge(asked_at: datetime) -> Charge:
    return Charge("ch-1", "a", "СЧ-1", "1", Money(1, "RUB"), ChargeState.SUCCEEDED, asked_at)


ABOUT = (7, date(2026, 3, 10))


@pytest.mark.parametrize(
    ("kind", "written_at", "seen"),
    [
        (MailKind.RENEWAL_NOTICE, NOW - DAY, False),
        (MailKind.RENEWAL_NOTICE, NOW - DAY + timedelta(seconds=1), True),
        (MailKind.ACCESS_ENDING, NOW - 3 * DAY, True),
    ],
    ids=["a day before", "less than a day before", "of something else"],
)
def test_a_charge_needs_a_notice_of_a_day(kind: MailKind, written_at: datetime, seen: bool) -> None:
    invoices = {"СЧ-1": ChargedInvoice(InvoicePurpose.RENEWAL, NOW, (ABOUT,))}
    told = {ABOUT: [Announcement(kind, written_at)]}

    assert bool(list(unannounced_charges([charge(NOW)], invoices, told, {}))) is seen


@pytest.mark.parametrize(("age", "seen"), [(timedelta(0), True), (DAY, False)])
def test_a_bill_of_operations_is_its_own_notice_after_a_day(age: timedelta, seen: bool) -> None:
    invoices = {"СЧ-1": ChargedInvoice(InvoicePurpose.USAGE, NOW - age, (ABOUT,))}

    assert bool(list(unannounced_charges([charge(NOW)], invoices, {}, {}))) is seen


def test_a_first_purchase_needs_no_notice() -> None:
    invoices = {"СЧ-1": ChargedInvoice(InvoicePurpose.ORDER, NOW, ())}

    assert list(unannounced_charges([charge(NOW)], invoices, {}, {})) == []


def test_a_second_notice_is_one_too_many_unless_something_was_changed() -> None:
    told = {ABOUT: [Announcement(MailKind.RENEWAL_NOTICE, NOW)] * 2}

    assert list(doubled_notices(told, {})) == ["2 notices of one period: 2026-03-10"]
    assert list(doubled_notices(told, {7: 1})) == []


SINCE = NOW - 30 * DAY
ENDS = datetime(2026, 3, 31, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unpaid", "wish", "access"),
    [
        ((), Wish(), None),
        ((), Wish(metered_since=SINCE), True),
        ((), Wish(metered_since=SINCE, leaving_since=NOW), True),
        ((), Wish(metered_since=SINCE, leaving_since=NOW - 15 * DAY), False),
        ((), Wish(metered_since=SINCE, closed_since=NOW), False),
        ((), Wish(metered_since=SINCE, closed_since=SINCE - DAY), True),
        ((UnpaidUsage(NOW - 9 * DAY, None),), Wish(metered_since=SINCE), True),
        ((UnpaidUsage(NOW - 10 * DAY, None),), Wish(metered_since=SINCE), False),
        ((UnpaidUsage(NOW - 20 * DAY, NOW - 5 * DAY),), Wish(metered_since=SINCE), None),
        ((UnpaidUsage(NOW - 20 * DAY, NOW - 15 * DAY),), Wish(metered_since=SINCE), True),
        ((UnpaidUsage(NOW - 40 * DAY, None),), Wish(metered_since=SINCE), True),
    ],
    ids=[
        "never started",
        "runs",
        "left this month",
        "left last month",
        "given up",
        "given up before",
        "failed nine days ago",
        "failed ten days ago",
        "paid too late",
        "paid in time",
        "failed before it started again",
    ],
)
def test_who_goes_on_with_pay_as_you_go(
    unpaid: tuple[UnpaidUsage, ...], wish: Wish, access: bool | None
) -> None:
    assert should_go_on(unpaid, wish, ENDS, NOW) is access


def test_a_month_that_nobody_has_closed_for_long_leaves_it_open() -> None:
    assert should_go_on((), Wish(metered_since=SINCE), NOW - 10 * DAY, NOW) is None
