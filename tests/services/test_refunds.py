"""Refunds: the policy decides how much, a person whether (H7)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.approval import SecondPersonRequired
from app.billing.errors import Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.money import Money
from app.billing.refunds import RefundCode, RefundKind, RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import AuditEntry, Payment, Refund, StatusChange
from app.services.refunds import (
    RefundRequest,
    approve_refund,
    mark_refund_sent,
    quote_refund,
    reject_refund,
    request_refund,
)
from tests.clock import ManualClock
from tests.factories import create_customer, create_payer, mails, order, promised, rows
from tests.ledger_rows import PaidLine, Sale, sold
from tests.parallel import at_once
from tests.services.refunding import (
    ANNA,
    BORIS,
    DEAR,
    WHY,
    YEAR,
    approve,
    asked,
    balances,
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
