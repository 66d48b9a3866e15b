"""Reports are sums of the ledger: they add up, whatever happened (K1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from app.billing import ledger
from app.billing.ledger import EntryKind
from app.billing.money import Money, total
from app.billing.periods import BillingInterval, local_date
from app.bootstrap import Container
from app.models import LedgerEntry, PayerKind
from app.services.bookkeeping import Cause, book
from app.services.ledger_reports import (
    CustomerPosition,
    CustomerStatement,
    MonthlyRevenue,
    RevenueAtRate,
    customer_statement,
    revenue_by_service_month,
    trial_balance,
)
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, create_customer, create_payer, rows
from tests.ledger_rows import Sale, sold

SELLER = 1
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def write(container: Container, customer_id: int, *entries: ledger.Entry, currency_of: int = SELLER) -> None:
    with container.transactions.begin(FACTORY) as work:
        book(work, entries, Cause(currency_of, customer_id), container.clock.now())


def turnovers(
    container: Container, first: date, last: date, currency: str = "RUB"
) -> dict[str, tuple[int, int, int, int]]:
    """Opening, debit, credit and closing by account."""
    found = trial_balance(container.transactions, seller_id=SELLER, currency=currency, first=first, last=last)
    return {
        row.account: (row.opening.minor, row.debit.minor, row.credit.minor, row.closing.minor)
        for row in found
    }


def statement(container: Container, customer_id: int, first: date, last: date) -> CustomerStatement:
    return customer_statement(
        container.transactions,
        seller_id=SELLER,
        customer_id=customer_id,
        currency="RUB",
        first=first,
        last=last,
    )


def revenue(container: Container, first: date, last: date, currency: str = "RUB") -> list[MonthlyRevenue]:
    return revenue_by_service_month(
        container.transactions, seller_id=SELLER, currency=currency, first=first, last=last
    )


@pytest.fixture
def given_in_april(container: Container, clock: ManualClock, alice: int) -> int:
    """A month paid on 2 March with 10 roubles over, given on 2 April; the customer."""
    sold(container, alice, Sale(over=rub(1_000)))
    clock.move_to(datetime(2026, 4, 2, 12, 0, tzinfo=UTC))
    recognise_revenue(container.transactions, now=clock.now())
    return alice


def test_a_trial_balance_has_what_was_before_and_what_moved(
    container: Container, given_in_april: int
) -> None:
    assert turnovers(container, APRIL, date(2026, 4, 30)) == {
        "advances": (-99_000, 99_000, 0, 0),
        "cash:test": (100_000, 0, 0, 100_000),
        "customer_balance": (-1_000, 0, 0, -1_000),
        "receivable": (0, 99_000, 99_000, 0),
        "revenue": (0, 17_852, 99_000, -81_148),
        "vat_on_advances": (17_852, 0, 17_852, 0),
        "vat_payable": (-17_852, 17_852, 17_852, -17_852),
    }


@pytest.mark.parametrize(
    ("first", "last", "advances"),
    [
        (date(2026, 3, 2), date(2026, 4, 1), (0, 0, 99_000, -99_000)),
        (date(2026, 3, 3), date(2026, 4, 1), (-99_000, 0, 0, -99_000)),
        (date(2026, 3, 3), date(2026, 4, 2), (-99_000, 99_000, 0, 0)),
        (date(2026, 4, 3), date(2026, 4, 30), (0, 0, 0, 0)),
    ],
)
def test_the_first_and_the_last_day_belong_to_a_report(
    container: Container, given_in_april: int, first: date, last: date, advances: tuple[int, ...]
) -> None:
    assert turnovers(container, first, last)["advances"] == advances


def test_before_the_first_entry_there_is_nothing(container: Container, given_in_april: int) -> None:
    assert turnovers(container, date(2026, 2, 1), date(2026, 3, 1)) == {}
    assert revenue(container, date(2026, 2, 1), date(2026, 3, 1)) == []
    empty = CustomerPosition(rub(0), rub(0), rub(0), rub(0))
    assert statement(container, given_in_april, date(2026, 2, 1), MARCH) == CustomerStatement(
        empty, (), empty
    )


def test_a_currency_has_books_of_its_own(
    container: Container, clock: ManualClock, given_in_april: int
) -> None:
    write(container, given_in_april, *ledger.usage_given(Money(5_000, "USD"), Money(0, "USD")))
    assert "cash:test" not in turnovers(container, MARCH, MAY, "USD")
    assert turnovers(container, MARCH, MAY, "USD")["revenue"] == (0, 0, 5_000, -5_000)
    assert turnovers(container, MARCH, MAY)["revenue"] == (0, 17_852, 99_000, -81_148)
    assert [each.net for each in revenue(container, MARCH, MAY, "USD")] == [Money(5_000, "USD")]
    assert statement(container, given_in_april, MARCH, MAY).closing.receivable == rub(0)


def test_a_statement_tells_every_event_with_its_document(container: Container, given_in_april: int) -> None:
    told = statement(container, given_in_april, MARCH, MAY)
    assert [
        (line.on, line.kind, line.debit.minor, line.credit.minor, line.invoice_number) for line in told.lines
    ] == [
        (date(2026, 3, 2), EntryKind.MONEY_RECEIVED, 0, 100_000, "СЧ-2026-000001"),
        (date(2026, 4, 2), EntryKind.SERVICE_GIVEN, 99_000, 0, "СЧ-2026-000001"),
    ]
    assert [line.payment_reference is None for line in told.lines] == [False, True]
    assert told.opening == CustomerPosition(rub(0), rub(0), rub(0), rub(0))
    assert told.closing == CustomerPosition(rub(0), rub(0), rub(1_000), rub(0))


def test_a_statement_opens_where_the_one_before_closed(container: Container, given_in_april: int) -> None:
    march = statement(container, given_in_april, MARCH, date(2026, 3, 31))
    april = statement(container, given_in_april, APRIL, date(2026, 4, 30))
    assert march.closing == april.opening == CustomerPosition(rub(0), rub(99_000), rub(1_000), rub(0))
    assert march.closing.owed_by_customer == rub(-100_000)
    assert april.closing.owed_by_customer == rub(-1_000)
    assert len(april.lines) == 1


def test_a_refund_stands_in_the_statement_when_it_is_sent(
    container: Container, clock: ManualClock, alice: int
) -> None:
    sold(container, alice)
    write(container, alice, *ledger.prepayment_refund_decided(rub(99_000), rub(17_852)))
    owed = statement(container, alice, MARCH, MAY)
    assert [line.kind for line in owed.lines] == [EntryKind.MONEY_RECEIVED]
    assert owed.closing == CustomerPosition(rub(0), rub(0), rub(0), rub(99_000))

    clock.advance(days=3)
    write(container, alice, *ledger.refund_sent("test", rub(99_000)))

    sent = statement(container, alice, MARCH, MAY)
    assert [(line.kind, line.debit.minor) for line in sent.lines[1:]] == [(EntryKind.REFUND_SENT, 99_000)]
    assert sent.closing.owed_by_customer == rub(0)


def test_nobody_elses_events_stand_in_a_statement(container: Container, given_in_april: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    before = statement(container, given_in_april, MARCH, MAY)
    sold(container, bob)
    assert statement(container, given_in_april, MARCH, MAY) == before
    assert [line.credit for line in statement(container, bob, MARCH, MAY).lines] == [rub(99_000)]


def test_revenue_stands_in_the_month_of_the_last_day_by_rate(
    container: Container, clock: ManualClock, alice: int
) -> None:
    year = Sale(price=rub(1_200_000), interval=BillingInterval.YEAR)
    sold(container, alice, year, at=datetime(2025, 11, 15, 9, 0, tzinfo=UTC))
    bob = create_customer(container, "bob@example.com", country="DE")
    create_payer(container, bob, kind=PayerKind.FOREIGN_COMPANY, country="DE", inn=None, kpp=None)
    sold(container, bob, at=datetime(2025, 12, 20, 9, 0, tzinfo=UTC))
    clock.move_to(datetime(2026, 2, 1, tzinfo=UTC))
    recognise_revenue(container.transactions, now=clock.now())

    december, january = revenue(container, date(2025, 12, 1), date(2026, 1, 31))

    assert december == MonthlyRevenue(date(2025, 12, 1), (RevenueAtRate(2000, rub(82_192), rub(16_438)),))
    assert january == MonthlyRevenue(
        date(2026, 1, 1),
        (RevenueAtRate(None, rub(99_000), rub(0)), RevenueAtRate(2200, rub(83_539), rub(18_379))),
    )
    assert january.net == rub(182_539)
    assert revenue(container, date(2026, 1, 16), date(2026, 1, 31))[0].by_rate == january.by_rate[:1]


def test_a_refund_of_service_lowers_revenue_at_the_rate_of_the_service(
    container: Container, given_in_april: int, clock: ManualClock
) -> None:
    clock.move_to(datetime(2026, 5, 5, tzinfo=UTC))
    with container.transactions.begin(FACTORY) as work:
        cause = Cause(SELLER, given_in_april, invoice_id=1, service_month_id=1)
        book(work, ledger.service_refund_decided(rub(12_200), rub(2_200)), cause, clock.now())
    assert revenue(container, MAY, date(2026, 5, 31)) == [
        MonthlyRevenue(MAY, (RevenueAtRate(2200, rub(-10_000), rub(-2_200)),))
    ]


def test_used_operations_stand_at_the_rate_of_their_invoice(container: Container, alice: int) -> None:
    paid = sold(container, alice)
    with container.transactions.begin(FACTORY) as work:
        cause = Cause(SELLER, alice, invoice_id=paid.invoice_id)
        book(work, ledger.usage_given(rub(12_200), rub(2_200)), cause, container.clock.now())
    assert revenue(container, MARCH, MAY) == [
        MonthlyRevenue(MARCH, (RevenueAtRate(2200, rub(10_000), rub(2_200)),))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_reports_tie_to_each_other_whatever_happened(
    container: Container, clock: ManualClock, alice: int, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    for _ in range(25):
        clock.advance(days=random.randint(0, 20))
        customer_id = random.choice((alice, bob))
        interval = random.choice(list(BillingInterval))
        sale = Sale(
            price=rub(random.randint(1, 10**6)), interval=interval, over=rub(random.randint(0, 1) * 77)
        )
        if random.random() < 0.6:
            sold(container, customer_id, sale)
        recognise_revenue(container.transactions, now=clock.now())
    end = local_date(clock.now())
    cuts = sorted(date(2026, 3, 1) + timedelta(days=random.randint(0, 300)) for _ in range(3))
    edges = [date(2026, 1, 1), *cuts, max(end, cuts[-1]) + timedelta(days=1)]

    closing: dict[str, int] = {}
    for first, after in pairwise(edges):
        last = after - timedelta(days=1)
        if last < first:
            continue
        found = turnovers(container, first, last)
        assert sum(debit - credit for _, debit, credit, _ in found.values()) == 0
        assert {name: row[0] for name, row in found.items() if row[0]} == {
            k: v for k, v in closing.items() if v
        }
        closing = {name: row[3] for name, row in found.items()}
        told = [statement(container, each, first, last) for each in (alice, bob)]
        for each in told:
            moved = total((line.debit - line.credit for line in each.lines), "RUB")
            assert each.opening.owed_by_customer + moved == each.closing.owed_by_customer
        assert sum(each.closing.advances.minor for each in told) == -closing.get("advances", 0)
        assert sum(each.closing.balance.minor for each in told) == -closing.get("customer_balance", 0)
        _, debit, credit, _ = found.get("revenue", (0, 0, 0, 0))
        assert sum(month.net.minor for month in revenue(container, first, last)) == credit - debit
    assert len(rows(container, LedgerEntry)) > 50
