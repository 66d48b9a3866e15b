"""An approved refund goes back the way the money came, is booked, and ends access (H7, K1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from app.billing.errors import Conflict
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    LedgerEntry,
    Payment,
    Refund,
    ServiceMonth,
    StatusChange,
    SubscriptionPeriod,
)
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, mails, rows
from tests.ledger_rows import PaidLine, Sale, sold
from tests.parallel import at_once
from tests.services.refunding import (
    YEAR,
    approve,
    asked,
    balances,
    credit,
    entries,
    move,
    refunded,
    rub,
    send,
    subscription,
)


@pytest.fixture
def month(container: Container, alice: int) -> PaidLine:
    return sold(container, alice)


@pytest.fixture
def year(container: Container, alice: int) -> PaidLine:
    return sold(container, alice, YEAR)


@pytest.fixture
def ahead(container: Container, clock: ManualClock, alice: int, year: PaidLine) -> PaidLine:
    """A year that was paid ten days before the one before it ends."""
    clock.advance(days=355)
    return sold(container, alice, Sale(price=YEAR.price, interval=YEAR.interval, renews=year.subscription_id))


def test_a_full_refund_gives_back_everything(
    container: Container, clock: ManualClock, alice: int, month: PaidLine
) -> None:
    clock.advance(days=6)
    refund = refunded(container, alice, month)

    assert (refund.status, refund.decided_by, refund.decided_at) == (
        RefundStatus.APPROVED,
        "staff:anna",
        clock.now(),
    )
    assert (refund.prepaid_minor, refund.service_minor) == (99_000, 0)
    assert entries(container, refund.id) == [("prepayment_refund", 99_000), ("advance_vat_returned", 17_852)]
    assert balances(container) == {"cash:test": 99_000, "refunds_payable": -99_000}
    (payment,) = rows(container, Payment)
    assert payment.refunded_minor == 99_000
    (service,) = rows(container, ServiceMonth)
    assert (service.gross, service.advance_vat) == (rub(0), rub(0))

    clock.advance(days=1)
    send(container, refund.id, " re_42 ")

    (refund,) = rows(container, Refund)
    assert (refund.status, refund.sent_at, refund.provider_reference) == (
        RefundStatus.SENT,
        clock.now(),
        "re_42",
    )
    assert balances(container) == {}
    assert mails(container) == ["refund_requested", "refund_decided", "refund_sent"]
    assert [entry.action for entry in rows(container, AuditEntry, object_kind="refund")] == [
        "refund.request",
        "refund.approve",
        "refund.send",
    ]
    clock.advance(days=40)
    recognise_revenue(container.transactions, now=clock.now())
    assert balances(container) == {}


def test_an_approved_refund_ends_access_at_once(
    container: Container, clock: ManualClock, alice: int, month: PaidLine
) -> None:
    clock.advance(days=3)
    refunded(container, alice, month)
    row = subscription(container, month)
    assert (row.status, row.period_end, row.canceled_at) == (
        SubscriptionStatus.EXPIRED,
        clock.now(),
        clock.now(),
    )
    (period,) = rows(container, SubscriptionPeriod)
    assert period.ends_at == clock.now()
    change = rows(container, StatusChange, object_kind="subscription")[-1]
    assert (change.old_status, change.new_status, change.actor_identity) == ("active", "expired", "anna")
    (service,) = rows(container, ServiceMonth)
    assert (service.ends_at, service.last_day) == (clock.now(), date(2026, 3, 5))


def test_who_gave_a_period_back_may_buy_anew(
    container: Container, clock: ManualClock, alice: int, month: PaidLine
) -> None:
    clock.advance(days=3)
    refunded(container, alice, month)
    clock.advance(hours=1)
    buy(container, alice, "crm-connector")
    row = subscription(container, month)
    assert (row.status, row.period_start) == (SubscriptionStatus.ACTIVE, clock.now())
    assert len(rows(container, SubscriptionPeriod)) == 2


def test_the_unused_part_of_a_year_takes_the_last_months_first(
    container: Container, clock: ManualClock, alice: int, year: PaidLine
) -> None:
    clock.advance(days=100)  # 10 June: three months are given, 265 days are left
    recognise_revenue(container.transactions, now=clock.now())
    refund = refunded(container, alice, year)

    unused = 1_009_800 * 264 // 365
    assert refund.amount == rub(unused)
    assert (refund.prepaid_minor, refund.service_minor) == (unused, 0)
    months = rows(container, ServiceMonth)
    assert [each.refunded_minor for each in months[:3]] == [0, 0, 0]
    assert {each.gross for each in months[4:]} == {rub(0)}
    assert {each.advance_vat for each in months[4:]} == {rub(0)}
    used = months[3]
    assert (used.last_day, used.ends_at) == (date(2026, 6, 10), clock.now())
    assert sum(each.gross.minor for each in months) == 1_009_800 - unused

    recognise_revenue(container.transactions, now=clock.now())
    send(container, refund.id)

    vat = sum(each.vat_minor or 0 for each in rows(container, ServiceMonth))
    kept = 1_009_800 - unused
    assert balances(container) == {"cash:test": kept, "revenue": -(kept - vat), "vat_payable": -vat}


def test_a_late_sweep_changes_nothing_of_a_refund(
    container: Container, clock: ManualClock, alice: int
) -> None:
    lines = [sold(container, alice, YEAR) for _ in range(2)]
    clock.advance(days=100)
    refunds = [asked(container, alice, line.line_id) for line in lines]
    clock.advance(days=1)
    approve(container, refunds[0])
    recognise_revenue(container.transactions, now=clock.now())
    approve(container, refunds[1])

    first, second = (rows(container, ServiceMonth, invoice_line_id=line.line_id) for line in lines)
    assert [month.gross for month in first] == [month.gross for month in second]
    assert [month.vat_minor for month in first[:3]] == [month.vat_minor for month in second[:3]]
    assert entries(container, refunds[0]) == entries(container, refunds[1])


def test_service_given_between_request_and_approval_is_lowered_at_its_own_rate(
    container: Container, clock: ManualClock, alice: int
) -> None:
    clock.move_to(datetime(2025, 12, 3, 9, 0, tzinfo=UTC))
    line = sold(container, alice)
    refund_id = asked(container, alice, line.line_id)
    clock.move_to(datetime(2026, 2, 1, 9, 0, tzinfo=UTC))
    with container.transactions.begin(FACTORY) as work:
        work.service_months.get(1).last_day = date(2025, 12, 31)

    approve(container, refund_id)

    assert entries(container, refund_id) == [("service_refund", 99_000), ("service_vat_reduced", 16_500)]
    (refund,) = rows(container, Refund)
    assert (refund.prepaid_minor, refund.service_minor) == (0, 99_000)
    assert balances(container) == {"cash:test": 99_000, "refunds_payable": -99_000}
    assert {entry.booked_on for entry in rows(container, LedgerEntry, refund_id=refund_id)} == {
        date(2026, 2, 1)
    }


@pytest.mark.parametrize(
    ("balance", "taken"),
    [
        (None, {"test": 99_000}),
        (rub(30_000), {"test": 69_000, "balance": 30_000}),
        (rub(99_000), {"balance": 99_000}),
    ],
)
def test_what_the_balance_paid_returns_to_the_balance(
    container: Container, alice: int, balance: Money | None, taken: dict[str, int]
) -> None:
    line = sold(container, alice, Sale(balance=balance))
    before = balances(container).get("customer_balance", 0)

    refund = refunded(container, alice, line)

    assert {each.provider: each.refunded_minor for each in rows(container, Payment)} == taken
    assert credit(container) == taken.get("balance", 0)
    assert balances(container).get("customer_balance", 0) == before - taken.get("balance", 0)
    assert -balances(container).get("refunds_payable", 0) == taken.get("test", 0)
    assert refund.status is (RefundStatus.APPROVED if "test" in taken else RefundStatus.SENT)


def test_the_card_is_sent_only_what_it_paid(container: Container, alice: int) -> None:
    refund = refunded(container, alice, sold(container, alice, Sale(balance=rub(30_000))))
    send(container, refund.id)
    assert entries(container, refund.id)[-2:] == [("refund_to_balance", 30_000), ("refund_sent", 69_000)]
    assert "refunds_payable" not in balances(container)


def test_what_returns_to_the_balance_alone_is_sent_by_that(container: Container, alice: int) -> None:
    refund = refunded(container, alice, sold(container, alice, Sale(balance=rub(99_000))))
    assert (refund.provider_reference, refund.sent_at) == ("balance", container.clock.now())
    assert mails(container) == ["refund_requested", "refund_decided", "refund_sent"]


def test_each_line_of_an_invoice_has_its_share_of_the_card(container: Container, alice: int) -> None:
    line = sold(container, alice, Sale(price=rub(60_000), other_line=rub(20_000), balance=rub(40_000)))
    refund = refunded(container, alice, line)
    assert refund.amount == rub(60_000)
    assert {each.provider: each.refunded_minor for each in rows(container, Payment)} == {
        "test": 30_000,
        "balance": 30_000,
    }
    other = refunded(container, alice, PaidLine(line.invoice_id, line.line_id + 1, 2, line.payment_id))
    assert other.amount == rub(20_000)
    assert {each.provider: each.refunded_minor for each in rows(container, Payment)} == {
        "test": 40_000,
        "balance": 40_000,
    }
    assert credit(container) == 40_000


def test_money_that_came_beside_is_not_taken(container: Container, alice: int) -> None:
    line = sold(container, alice, Sale(over=rub(1_000)))
    assert refunded(container, alice, line).amount == rub(99_000)
    assert [each.refunded_minor for each in rows(container, Payment)] == [99_000]


def test_never_more_than_was_captured(container: Container, alice: int, month: PaidLine) -> None:
    refund_id = asked(container, alice, month.line_id)
    with container.transactions.begin(FACTORY) as work:
        work.payments.get(month.payment_id).refunded_minor = 1
    before = balances(container)
    with pytest.raises(Conflict) as refusal:
        approve(container, refund_id)
    assert refusal.value.code == "REFUND_EXCEEDS_PAYMENT"
    assert balances(container) == before
    assert rows(container, Refund)[0].status is RefundStatus.REQUESTED
    assert subscription(container, month).status is SubscriptionStatus.ACTIVE


def test_a_part_that_no_payment_explains_is_refused(container: Container, alice: int) -> None:
    line = sold(container, alice, Sale(balance=rub(30_000)))
    refund_id = asked(container, alice, line.line_id)
    with container.transactions.begin(FACTORY) as work:
        for payment in work.refunds.payments_of(line.invoice_id):
            if payment.provider == "balance":
                payment.unallocated_minor = payment.amount_minor
    with pytest.raises(Conflict) as refusal:
        approve(container, refund_id)
    assert refusal.value.code == "REFUND_EXCEEDS_PAYMENT"


def test_two_lines_of_one_payment_at_once_take_what_is_theirs(container: Container, alice: int) -> None:
    line = sold(container, alice, Sale(price=rub(60_000), other_line=rub(20_000)))
    refunds = [asked(container, alice, each) for each in (line.line_id, line.line_id + 1)]
    outcomes = at_once(*[partial(approve, container, each) for each in refunds])
    assert outcomes.refusals == []
    assert rows(container, Payment)[0].refunded_minor == 80_000


def test_a_period_paid_ahead_goes_back_whole_and_the_running_one_goes_on(
    container: Container, clock: ManualClock, alice: int, year: PaidLine, ahead: PaidLine
) -> None:
    starts = rows(container, SubscriptionPeriod)[-1].starts_at
    refund = refunded(container, alice, ahead)
    assert (refund.amount, refund.decision_code) == (YEAR.price, "UNUSED_PART")
    row = subscription(container, ahead)
    assert (row.status, row.period_end) == (SubscriptionStatus.CANCELED, starts + timedelta(microseconds=1))
    assert {month.gross for month in rows(container, ServiceMonth, invoice_line_id=ahead.line_id)} == {rub(0)}

    again = refunded(container, alice, year)

    assert again.amount == rub(1_009_800 * 9 // 365)
    assert subscription(container, ahead).status is SubscriptionStatus.EXPIRED


def test_what_was_cancelled_already_stays_cancelled_to_its_day(
    container: Container, alice: int, ahead: PaidLine
) -> None:
    move(container, ahead, SubscriptionStatus.CANCELED)
    refunded(container, alice, ahead)
    row = subscription(container, ahead)
    assert row.status is SubscriptionStatus.CANCELED
    assert row.period_end == rows(container, SubscriptionPeriod)[-1].ends_at
    changes = rows(container, StatusChange, object_kind="subscription")
    assert [change.new_status for change in changes] == ["active", "canceled"]


def test_money_goes_back_also_when_access_has_ended_meanwhile(
    container: Container, alice: int, month: PaidLine
) -> None:
    refund_id = asked(container, alice, month.line_id)
    move(container, month, SubscriptionStatus.EXPIRED)
    approve(container, refund_id)
    assert balances(container) == {"cash:test": 99_000, "refunds_payable": -99_000}
    assert subscription(container, month).status is SubscriptionStatus.EXPIRED


def test_what_was_given_back_before_it_began_can_be_bought_again(
    container: Container, clock: ManualClock, alice: int, ahead: PaidLine
) -> None:
    refunded(container, alice, ahead)
    clock.advance(days=11)
    move(container, ahead, SubscriptionStatus.EXPIRED)
    buy(container, alice, "crm-connector", interval=BillingInterval.YEAR)
    assert subscription(container, ahead).status is SubscriptionStatus.ACTIVE
