"""Refunds: the policy decides how much, a person whether; the money goes back the way it came (H7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.approval import SecondPersonRequired
from app.billing.errors import Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.money import Money
from app.billing.periods import BillingInterval
from app.billing.refunds import RefundCode, RefundKind, RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    CustomerCredit,
    LedgerEntry,
    Payment,
    Refund,
    ServiceMonth,
    StatusChange,
    Subscription,
    SubscriptionPeriod,
)
from app.services.ledger_reports import trial_balance
from app.services.refunds import (
    RefundRequest,
    approve_refund,
    mark_refund_sent,
    quote_refund,
    reject_refund,
    request_refund,
)
from app.services.revenue import recognise_revenue
from tests.clock import ManualClock
from tests.factories import FACTORY, buy, create_customer, create_payer, mails, order, promised, rows
from tests.ledger_rows import PaidLine, Sale, sold
from tests.parallel import at_once

ANNA, BORIS = Actor.staff("anna"), Actor.staff("boris")
WHY = "не подошёл"
DAY = timedelta(days=1)
YEAR = Sale(price=Money(1_009_800, "RUB"), interval=BillingInterval.YEAR)
DEAR = Sale(price=Money(50_000_01, "RUB"), interval=BillingInterval.YEAR)


def rub(minor: int) -> Money:
    return Money(minor, "RUB")


def asked(container: Container, customer_id: int, line_id: int, actor: Actor | None = None) -> int:
    """Ask for the refund of a line."""
    return request_refund(
        container.transactions,
        actor=actor or Actor.customer(customer_id),
        request=RefundRequest(customer_id, line_id, WHY),
        now=container.clock.now(),
    )


def approve(container: Container, refund_id: int, actor: Actor = ANNA) -> None:
    approve_refund(
        container.transactions,
        actor=actor,
        refund_id=refund_id,
        reason="по правилам",
        now=container.clock.now(),
    )


def send(container: Container, refund_id: int, reference: str = "re_1") -> None:
    mark_refund_sent(
        container.transactions,
        actor=ANNA,
        refund_id=refund_id,
        reference=reference,
        now=container.clock.now(),
    )


def refunded(container: Container, customer_id: int, line: PaidLine) -> Refund:
    """Ask and approve."""
    refund_id = asked(container, customer_id, line.line_id)
    approve(container, refund_id)
    return rows(container, Refund, id=refund_id)[0]


def entries(container: Container, refund_id: int) -> list[tuple[str, int]]:
    return [(each.kind, each.amount_minor) for each in rows(container, LedgerEntry, refund_id=refund_id)]


def balances(container: Container) -> dict[str, int]:
    """Debit less credit of every account that is not at zero."""
    found = trial_balance(
        container.transactions, seller_id=1, currency="RUB", first=date(2020, 1, 1), last=date(2030, 1, 1)
    )
    return {row.account: row.closing.minor for row in found if row.closing}


def credit(container: Container) -> int:
    return sum(row.amount_minor for row in rows(container, CustomerCredit))


def subscription(container: Container, line: PaidLine) -> Subscription:
    return rows(container, Subscription, id=line.subscription_id)[0]


@pytest.fixture
def month(container: Container, alice: int) -> PaidLine:
    return sold(container, alice)


@pytest.fixture
def year(container: Container, alice: int) -> PaidLine:
    return sold(container, alice, YEAR)


def test_the_policy_is_told_before_anything_is_asked(
    container: Container, clock: ManualClock, alice: int, month: PaidLine, year: PaidLine
) -> None:
    def quote(line: PaidLine) -> tuple[RefundKind, RefundCode, Money]:
        told = quote_refund(
            container.transactions, customer_id=alice, invoice_line_id=line.line_id, now=clock.now()
        )
        return told.kind, told.code, told.amount

    assert quote(month) == (RefundKind.FULL, RefundCode.FIRST_DAYS, rub(99_000))
    clock.advance(days=8)
    assert quote(month) == (RefundKind.NONE, RefundCode.NO_REFUND_FOR_MONTH, rub(0))
    assert quote(year) == (RefundKind.UNUSED_PART, RefundCode.UNUSED_PART, rub(1_009_800 * 356 // 365))
    assert rows(container, Refund) == []
    assert mails(container) == []


def test_a_quote_counts_what_was_asked_for_already(container: Container, alice: int, month: PaidLine) -> None:
    asked(container, alice, month.line_id)
    told = quote_refund(
        container.transactions, customer_id=alice, invoice_line_id=month.line_id, now=container.clock.now()
    )
    assert told.code is RefundCode.ALREADY_REFUNDED


def test_a_request_moves_nothing(container: Container, alice: int, month: PaidLine) -> None:
    before = balances(container)
    refund_id = asked(container, alice, month.line_id)
    (refund,) = rows(container, Refund)
    assert (refund.id, refund.status, refund.amount, refund.decision_code, refund.reason) == (
        refund_id,
        RefundStatus.REQUESTED,
        rub(99_000),
        "FIRST_DAYS",
        WHY,
    )
    assert (refund.payment_id, refund.subscription_id, refund.requested_by) == (
        month.payment_id,
        month.subscription_id,
        f"customer:{alice}",
    )
    assert balances(container) == before
    assert subscription(container, month).status is SubscriptionStatus.ACTIVE
    assert mails(container) == ["refund_requested"]
    assert promised(container, "mail.refund_requested")[0].payload == {"refund_id": refund_id}
    (change,) = rows(container, StatusChange, object_kind="refund")
    assert (change.new_status, change.reason, change.actor_identity) == ("requested", WHY, str(alice))
    (entry,) = rows(container, AuditEntry, object_kind="refund")
    assert (entry.action, entry.reason, entry.customer_id) == ("refund.request", WHY, alice)
    assert entry.details == {"amount_minor": 99_000, "currency": "RUB"}


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


@pytest.mark.parametrize(("balance", "to_balance"), [(rub(30_000), 30_000), (rub(99_000), 99_000), (None, 0)])
def test_what_the_balance_paid_returns_to_the_balance(
    container: Container, alice: int, balance: Money | None, to_balance: int
) -> None:
    line = sold(container, alice, Sale(balance=balance))
    before = balances(container).get("customer_balance", 0)

    refund = refunded(container, alice, line)

    assert credit(container) == to_balance
    assert balances(container).get("customer_balance", 0) == before - to_balance
    assert {each.provider: each.refunded_minor for each in rows(container, Payment)} == (
        {"test": 99_000 - to_balance} if not to_balance else {}
    ) | ({"balance": to_balance} if to_balance else {}) | (
        {"test": 99_000 - to_balance} if 0 < to_balance < 99_000 else {}
    )
    if to_balance == 99_000:  # nothing is left for anybody to send
        assert (refund.status, refund.provider_reference) == (RefundStatus.SENT, "balance")
        assert mails(container) == ["refund_requested", "refund_decided", "refund_sent"]
        return
    assert refund.status is RefundStatus.APPROVED
    assert balances(container)["refunds_payable"] == -(99_000 - to_balance)
    send(container, refund.id)
    assert "refunds_payable" not in balances(container)
    assert entries(container, refund.id)[-1] == ("refund_sent", 99_000 - to_balance)


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


def test_two_approvals_at_once_are_one(container: Container, alice: int, month: PaidLine) -> None:
    refund_id = asked(container, alice, month.line_id)
    outcomes = at_once(*[partial(approve, container, refund_id, actor) for actor in (ANNA, BORIS) * 3])
    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["ILLEGAL_TRANSITION"] * 5
    assert rows(container, Payment)[0].refunded_minor == 99_000
    assert balances(container) == {"cash:test": 99_000, "refunds_payable": -99_000}
    assert mails(container).count("refund_decided") == 1


def test_two_requests_at_once_are_one(container: Container, alice: int, month: PaidLine) -> None:
    outcomes = at_once(*[partial(asked, container, alice, month.line_id)] * 5)
    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["REFUND_OPEN"] * 4
    assert len(rows(container, Refund)) == 1


def test_two_lines_of_one_payment_at_once_take_what_is_theirs(container: Container, alice: int) -> None:
    line = sold(container, alice, Sale(price=rub(60_000), other_line=rub(20_000)))
    refunds = [asked(container, alice, each) for each in (line.line_id, line.line_id + 1)]
    outcomes = at_once(*[partial(approve, container, each) for each in refunds])
    assert outcomes.refusals == []
    assert rows(container, Payment)[0].refunded_minor == 80_000


def test_sending_twice_at_once_is_once(container: Container, alice: int, month: PaidLine) -> None:
    refund = refunded(container, alice, month)
    outcomes = at_once(*[partial(send, container, refund.id, f"re_{number}") for number in range(4)])
    assert len(outcomes.results) == 1
    assert outcomes.refusals == ["ILLEGAL_TRANSITION"] * 3
    assert balances(container) == {}


def test_a_refusal_says_why_and_leaves_everything(container: Container, alice: int, month: PaidLine) -> None:
    refund_id = asked(container, alice, month.line_id)
    before = balances(container)
    reject_refund(
        container.transactions,
        actor=ANNA,
        refund_id=refund_id,
        reason="доступ нужен",
        now=container.clock.now(),
    )
    (refund,) = rows(container, Refund)
    assert (refund.status, refund.decided_by) == (RefundStatus.REJECTED, "staff:anna")
    assert balances(container) == before
    assert subscription(container, month).status is SubscriptionStatus.ACTIVE
    assert rows(container, StatusChange, object_kind="refund")[-1].reason == "доступ нужен"
    assert rows(container, AuditEntry, object_kind="refund")[-1].action == "refund.reject"
    assert mails(container) == ["refund_requested", "refund_decided"]
    with pytest.raises(IllegalTransition):
        approve(container, refund_id)
    asked(container, alice, month.line_id)  # may be asked for once more


def test_above_the_limit_a_second_person_approves(container: Container, alice: int) -> None:
    refund_id = asked(container, alice, sold(container, alice, DEAR).line_id, ANNA)
    with pytest.raises(SecondPersonRequired):
        approve(container, refund_id, ANNA)
    assert rows(container, Refund)[0].status is RefundStatus.REQUESTED
    approve(container, refund_id, BORIS)
    assert rows(container, Refund)[0].decided_by == "staff:boris"


def test_up_to_the_limit_one_person_may_do_both(container: Container, alice: int, month: PaidLine) -> None:
    approve(container, asked(container, alice, month.line_id, ANNA), ANNA)


def test_only_staff_decide(container: Container, alice: int, month: PaidLine) -> None:
    refund_id = asked(container, alice, month.line_id)
    for actor in (Actor.customer(alice), Actor.system("sweep"), Actor.api_key(1)):
        with pytest.raises(NotPermitted):
            approve(container, refund_id, actor)
        with pytest.raises(NotPermitted):
            reject_refund(
                container.transactions,
                actor=actor,
                refund_id=refund_id,
                reason=WHY,
                now=container.clock.now(),
            )
        with pytest.raises(NotPermitted):
            mark_refund_sent(
                container.transactions,
                actor=actor,
                refund_id=refund_id,
                reference="1",
                now=container.clock.now(),
            )


def test_anothers_line_looks_as_if_there_were_none(container: Container, alice: int, month: PaidLine) -> None:
    eve = create_customer(container, "eve@example.com")
    for actor, customer_id in ((Actor.customer(eve), eve), (Actor.customer(eve), alice), (ANNA, eve)):
        with pytest.raises(NotFound):
            asked(container, customer_id, month.line_id, actor)
    with pytest.raises(NotFound):
        quote_refund(
            container.transactions, customer_id=eve, invoice_line_id=month.line_id, now=container.clock.now()
        )
    with pytest.raises(NotPermitted):
        asked(container, alice, month.line_id, Actor.api_key(1))
    with pytest.raises(NotFound):
        approve(container, 404)


def test_an_unpaid_line_has_nothing_to_give_back(container: Container, alice: int) -> None:
    order(container, alice, "crm-connector")
    with pytest.raises(NotFound):
        asked(container, alice, 1)


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501])
def test_every_step_needs_a_reason(container: Container, alice: int, month: PaidLine, reason: str) -> None:
    request = RefundRequest(alice, month.line_id, reason)
    now = container.clock.now()
    with pytest.raises(InvalidInput, match="reason"):
        request_refund(container.transactions, actor=ANNA, request=request, now=now)
    refund_id = asked(container, alice, month.line_id)
    for decide in (approve_refund, reject_refund):
        with pytest.raises(InvalidInput, match="reason"):
            decide(container.transactions, actor=ANNA, refund_id=refund_id, reason=reason, now=now)


@pytest.mark.parametrize("reference", ["", " ", "x" * 129])
def test_what_was_sent_has_a_reference(
    container: Container, alice: int, month: PaidLine, reference: str
) -> None:
    refund = refunded(container, alice, month)
    with pytest.raises(InvalidInput) as refusal:
        send(container, refund.id, reference)
    assert refusal.value.code == "REFERENCE_REQUIRED"


def test_nothing_is_sent_before_it_is_approved(container: Container, alice: int, month: PaidLine) -> None:
    refund_id = asked(container, alice, month.line_id)
    with pytest.raises(IllegalTransition):
        send(container, refund_id)


@pytest.mark.parametrize(
    ("sale", "days", "code"),
    [
        (Sale(), 8, "NO_REFUND_FOR_MONTH"),
        (Sale(), 40, "PERIOD_OVER"),
        (YEAR, 364, "NOTHING_UNUSED"),
    ],
)
def test_the_policy_refuses_with_its_own_code(
    container: Container, clock: ManualClock, alice: int, sale: Sale, days: int, code: str
) -> None:
    line = sold(container, alice, sale)
    clock.advance(days=days)
    with pytest.raises(Conflict) as refusal:
        asked(container, alice, line.line_id)
    assert refusal.value.code == code
    assert rows(container, Refund) == []


@pytest.fixture
def ahead(container: Container, clock: ManualClock, alice: int, year: PaidLine) -> PaidLine:
    """A year that was paid ten days before the one before it ends."""
    clock.advance(days=355)
    return sold(container, alice, Sale(price=YEAR.price, interval=YEAR.interval, renews=year.subscription_id))


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


def test_what_was_given_back_before_it_began_can_be_bought_again(
    container: Container, clock: ManualClock, alice: int, ahead: PaidLine
) -> None:
    refunded(container, alice, ahead)
    clock.advance(days=11)
    with container.transactions.begin(FACTORY) as work:
        row = work.subscriptions.get(ahead.subscription_id)
        work.move_subscription(row, SubscriptionStatus.EXPIRED, "its time is over", clock.now())
    buy(container, alice, "crm-connector", interval=BillingInterval.YEAR)
    assert subscription(container, ahead).status is SubscriptionStatus.ACTIVE


def test_the_last_period_goes_back_first(
    container: Container, alice: int, year: PaidLine, ahead: PaidLine
) -> None:
    with pytest.raises(Conflict) as refusal:
        asked(container, alice, year.line_id)
    assert refusal.value.code == "REFUND_LATER_PERIOD_FIRST"
    with container.transactions.reading() as repositories:
        last = repositories.refunds.last_paid_line(alice, year.subscription_id)
        assert last is not None
        assert last.line.id == ahead.line_id
    refunded(container, alice, ahead)
    with container.transactions.reading() as repositories:
        last = repositories.refunds.last_paid_line(alice, year.subscription_id)
        assert last is not None
        assert last.line.id == year.line_id


def test_a_period_paid_while_the_refund_waited_holds_it_up(
    container: Container, clock: ManualClock, alice: int, year: PaidLine
) -> None:
    clock.advance(days=300)
    refund_id = asked(container, alice, year.line_id)
    sold(container, alice, Sale(price=YEAR.price, interval=YEAR.interval, renews=year.subscription_id))
    with pytest.raises(Conflict) as refusal:
        approve(container, refund_id)
    assert refusal.value.code == "REFUND_LATER_PERIOD_FIRST"


def test_lists_of_refunds(container: Container, clock: ManualClock, alice: int) -> None:
    bob = create_customer(container, "bob@example.com")
    create_payer(container, bob)
    refunds = [
        asked(container, customer_id, sold(container, customer_id).line_id)
        for customer_id in (alice, bob, alice)
    ]
    approve(container, refunds[1])
    approve(container, refunds[0])
    send(container, refunds[0])

    def ids(found: Sequence[Refund]) -> list[int]:
        return [each.id for each in found]

    with container.transactions.reading() as repositories:
        assert ids(repositories.refunds.of_customer(alice)) == [refunds[2], refunds[0]]
        assert ids(repositories.refunds.waiting()) == [refunds[1], refunds[2]]
        assert repositories.refunds.last_paid_line(alice, 404) is None
