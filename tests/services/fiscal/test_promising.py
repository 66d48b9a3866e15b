"""Every settlement with a person gets its receipt, once (54-ФЗ)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from app.billing.fiscal import Settlement, TaxSystem, Tender
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.tax import TaxRegime
from app.bootstrap import Container
from app.models import (
    FiscalReceiptKind,
    FiscalReceiptMonth,
    FiscalReceiptState,
    OutboxMessage,
    SellerTaxRegime,
    ServiceMonth,
    StaffTask,
)
from app.services.fiscal.promising import promise_offsets, promise_receipts
from app.services.refunds import mark_refund_sent
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, rows
from tests.ledger_rows import Sale, sold
from tests.parallel import at_once
from tests.services.corrections.papers import ANNA, lowered, rub
from tests.services.fiscal.persons import fiscal_of, items, person, receipts, says
from tests.services.refunding import refunded, send

YEAR = Sale(price=Money(1_200_000, "RUB"), interval=BillingInterval.YEAR)


@pytest.fixture
def ivan(container: Container, shop: object) -> int:
    return person(container)


def promise(container: Container) -> None:
    promise_receipts(fiscal_of(container), now=container.clock.now())


def promise_service(container: Container) -> None:
    recognise_revenue(container.transactions, now=container.clock.now())
    promise_offsets(fiscal_of(container), now=container.clock.now())


def test_a_payment_is_a_prepayment_at_the_calculated_rate(container: Container, ivan: int) -> None:
    line = sold(container, ivan)
    promise(container)

    (row,) = receipts(container)
    assert (row.kind, row.payment_id, row.refund_id) == (FiscalReceiptKind.PAYMENT, line.payment_id, None)
    assert (row.state, row.total, row.customer_id) == (FiscalReceiptState.PROMISED, rub(99_000), ivan)
    assert (row.settled_on, row.due_on) == (date(2026, 3, 2), date(2026, 3, 3))
    receipt = says(row)
    assert items(row) == [(99_000, "full_prepayment", "vat122")]
    assert (receipt.settlement, receipt.tax_system) == (Settlement.SELL, TaxSystem.GENERAL)
    assert (receipt.seller_inn, receipt.seller_email) == ("7707083893", "billing@bpm-centr.test")
    assert (receipt.site, receipt.buyer_email) == ("https://bpm-centr.test", "ivan@example.com")
    (job,) = rows(container, OutboxMessage, name="fiscal.register")
    assert (job.payload, job.customer_id) == ({"receipt_id": row.id}, ivan)


def test_the_rate_is_that_of_the_day_of_the_money(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    clock.move_to(datetime(2025, 12, 30, 9, 0, tzinfo=UTC))
    sold(container, ivan)
    clock.move_to(datetime(2026, 1, 2, 9, 0, tzinfo=UTC))
    promise(container)
    assert items(receipts(container)[0]) == [(99_000, "full_prepayment", "vat120")]


def test_what_is_over_is_an_advance_and_what_the_balance_pays_makes_a_part(
    container: Container, ivan: int
) -> None:
    sold(container, ivan, Sale(over=rub(1_000)))
    sold(container, ivan, Sale(balance=rub(29_000), connector="mail-connector"))
    sold(container, ivan, Sale(balance=rub(99_000), connector="sheet-connector"))
    promise(container)
    assert [items(row) for row in receipts(container)] == [
        [(99_000, "full_prepayment", "vat122"), (1_000, "advance", "vat122")],
        [(70_000, "prepayment", "vat122")],
    ]


def test_under_a_simplified_regime_there_is_its_system_and_no_vat(container: Container, ivan: int) -> None:
    with container.transactions.begin(FACTORY) as work:
        work.session.get_one(SellerTaxRegime, 1).regime = TaxRegime.SIMPLIFIED
    sold(container, ivan)
    promise(container)
    (row,) = receipts(container)
    assert items(row) == [(99_000, "full_prepayment", "none")]
    assert says(row).tax_system is TaxSystem.SIMPLIFIED_INCOME


def test_companies_and_other_currencies_have_none(container: Container, alice: int, shop: object) -> None:
    abroad = person(container, "hans@example.com", "DE")
    sold(container, alice)
    sold(container, abroad, Sale(price=Money(10_00, "EUR")))
    promise(container)
    promise_service(container)
    assert receipts(container) == []


def test_each_month_of_service_is_offset_once_after_the_month_is_over(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    sold(container, ivan, YEAR)  # 2 March 2026: its first month ends on 2 April
    clock.move_to(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))
    promise_service(container)
    assert receipts(container) == []

    clock.move_to(datetime(2026, 5, 2, 9, 0, tzinfo=UTC))
    for _ in range(2):
        promise_service(container)

    (row,) = receipts(container)
    (month, *_) = sorted(rows(container, ServiceMonth), key=lambda each: each.ordinal)
    assert (row.kind, row.payment_id) == (FiscalReceiptKind.SERVICE, None)
    assert (row.settled_on, row.due_on) == (date(2026, 4, 2), date(2026, 5, 10))
    assert items(row) == [(month.gross_minor, "full_payment", "vat22")]
    assert [each.tender for each in says(row).payments] == [Tender.PREPAYMENT]
    assert [(each.service_month_id, each.receipt_id) for each in rows(container, FiscalReceiptMonth)] == [
        (month.id, row.id)
    ]


def test_one_receipt_offsets_all_service_of_a_person_in_a_month(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    olga = person(container, "olga@example.com")
    for customer_id in (ivan, olga):
        sold(container, customer_id, Sale(other_line=rub(60_000)))
    clock.move_to(datetime(2026, 5, 1, 9, 0, tzinfo=UTC))
    promise_service(container)
    assert [(row.customer_id, row.total_minor) for row in receipts(container)] == [
        (ivan, 159_000),
        (olga, 159_000),
    ]


def test_over_a_whole_year_prepayments_and_offsets_are_equal(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    clock.move_to(datetime(2025, 11, 15, 9, 0, tzinfo=UTC))
    sold(container, ivan, YEAR)
    promise(container)
    for month in range(12, 25):
        clock.move_to(datetime(2025 + (month - 1) // 12, (month - 1) % 12 + 1, 1, 9, 0, tzinfo=UTC))
        promise_service(container)
    paid, *offset = receipts(container)
    assert items(paid) == [(1_200_000, "full_prepayment", "vat120")]
    assert len(offset) == 12
    assert sum(row.total_minor for row in offset) == 1_200_000
    assert [items(row)[0][2] for row in offset] == ["vat20"] + ["vat22"] * 11


def test_money_that_went_back_has_a_receipt_when_it_has_left(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    line = sold(container, ivan)
    clock.advance(days=3)
    refund = refunded(container, ivan, line)
    promise(container)
    assert [row.kind for row in receipts(container)] == [FiscalReceiptKind.PAYMENT]

    clock.advance(days=1)
    send(container, refund.id)
    for _ in range(2):
        promise(container)

    _, back = receipts(container)
    assert (back.kind, back.refund_id, back.payment_id) == (
        FiscalReceiptKind.REFUND,
        refund.id,
        line.payment_id,
    )
    assert items(back) == [(99_000, "full_prepayment", "vat122")]
    assert says(back).settlement is Settlement.SELL_REFUND
    assert back.due_on == date(2026, 3, 7)


def test_what_returns_to_the_balance_has_none(container: Container, ivan: int) -> None:
    line = sold(container, ivan, Sale(balance=rub(30_000)))
    refund = refunded(container, ivan, line)
    send(container, refund.id)
    promise(container)
    assert [items(row) for row in receipts(container)] == [
        [(69_000, "prepayment", "vat122")],
        [(69_000, "prepayment", "vat122")],
    ]


def test_service_given_goes_back_at_the_rate_of_its_day(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    clock.move_to(datetime(2025, 12, 3, 9, 0, tzinfo=UTC))
    line = sold(container, ivan)
    with container.transactions.begin(FACTORY) as work:
        (month,) = work.service_months.locked_of_line(line.line_id)
        month.last_day = date(2025, 12, 31)
    clock.move_to(datetime(2026, 2, 2, 9, 0, tzinfo=UTC))
    promise_service(container)
    refund_id = lowered(container, line, rub(40_000))
    mark_refund_sent(
        container.transactions, actor=ANNA, refund_id=refund_id, reference="re_1", now=clock.now()
    )
    promise(container)
    paid, given, back = sorted(receipts(container), key=lambda row: list(FiscalReceiptKind).index(row.kind))
    assert items(paid) == [(99_000, "full_prepayment", "vat120")]
    assert items(given) == [(99_000, "full_payment", "vat20")]
    assert items(back) == [(40_000, "full_payment", "vat20")]


def test_two_machines_promise_it_once(container: Container, clock: ManualClock, ivan: int) -> None:
    sold(container, ivan)
    clock.move_to(datetime(2026, 5, 1, 9, 0, tzinfo=UTC))
    recognise_revenue(container.transactions, now=clock.now())
    fiscal, now = fiscal_of(container), clock.now()
    at_once(*[lambda: promise_receipts(fiscal, now=now)] * 3, *[lambda: promise_offsets(fiscal, now=now)] * 3)
    assert sorted(row.kind for row in receipts(container)) == ["payment", "service"]


def test_settlements_before_the_first_day_have_none(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    sold(container, ivan)
    clock.move_to(datetime(2026, 5, 1, 9, 0, tzinfo=UTC))
    recognise_revenue(container.transactions, now=clock.now())
    fiscal = fiscal_of(container, since=date(2026, 4, 3))
    promise_receipts(fiscal, now=clock.now())
    promise_offsets(fiscal, now=clock.now())
    assert receipts(container) == []


def test_what_can_have_no_receipt_goes_to_staff_and_holds_up_nobody(
    container: Container, clock: ManualClock, ivan: int
) -> None:
    line = sold(container, ivan)
    clock.advance(days=1)
    sold(container, ivan, Sale(connector="mail-connector"))
    with container.transactions.begin(FACTORY) as work:
        work.session.get_one(SellerTaxRegime, 1).effective_from = date(2026, 3, 3)

    promise(container)

    assert len(receipts(container)) == 1
    (task,) = rows(container, StaffTask)
    assert (task.kind, task.object_kind) == ("fiscal:NO_TAX_RATE", "payment")
    assert task.object_id == str(line.payment_id)


def test_a_receipt_never_changes(container: Container, ivan: int) -> None:
    sold(container, ivan)
    promise(container)
    for statement in (
        "UPDATE fiscal_receipt SET total_minor = 1",
        "UPDATE fiscal_receipt SET snapshot = '{}'",
        "DELETE FROM fiscal_receipt",
    ):
        with pytest.raises(Exception, match="fiscal_receipt"), container.engine.begin() as connection:
            connection.execute(text(statement))
