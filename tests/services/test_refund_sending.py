"""Refunds that providers send: once, whatever dies or stays silent, and never believed without proof (H7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from app.billing.actors import Actor
from app.billing.errors import Conflict, InvalidInput, NotPermitted
from app.billing.money import Money
from app.billing.provider import RefundOutcome, RefundOutcomeKind
from app.billing.refunds import RefundStatus
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import InvoiceLine, LedgerEntry, Payment, Refund
from app.services.fault_points import (
    AFTER_CLAIM_BEFORE_REFUND,
    AFTER_COMMIT,
    AFTER_FIND_BEFORE_SETTLE,
    AFTER_REFUND_BEFORE_SETTLE,
    BEFORE_COMMIT,
    installed,
)
from app.services.refund_sending import PATIENCE, order_from, settle_order
from app.services.refunds import mark_refund_sent, send_refund_again
from tests.factories import buy, deliver_all, mails, promised, rows
from tests.ledger_rows import Sale, assert_everything_ties, registered, sold
from tests.parallel import at_once
from tests.services.refunding import ANNA, approve, asked, balances, entries, send
from tests.services.sending import (
    UnreliableAcquirer,
    looked,
    order_of,
    refreshed,
    refunds_of,
    sent,
    tasks,
    the_refund,
)

PRICE = 99_000


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def refund(container: Container, alice: int) -> Refund:
    """An approved refund of a purchase that the acquirer took the money of; no worker has seen it."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    deliver_all(container)
    (line,) = rows(container, InvoiceLine)
    approve(container, asked(container, alice, line.id))
    return the_refund(container)


@pytest.fixture
def acquirer(container: Container) -> UnreliableAcquirer:
    return UnreliableAcquirer(container)


def send_again(container: Container, actor: Actor = ANNA) -> None:
    send_refund_again(
        container.transactions,
        actor=actor,
        refund_id=the_refund(container).id,
        reason="карта снова действует",
        now=container.clock.now(),
    )


def test_an_approved_refund_leaves_by_the_way_the_money_came(container: Container, refund: Refund) -> None:
    assert (refund.status, refund.to_method) == (RefundStatus.APPROVED, Money(PRICE, "RUB"))
    deliver_all(container)
    refund = the_refund(container)
    assert (refund.status, refund.sent_at) == (RefundStatus.SENT, container.clock.now())
    assert (refund.provider_reference or "").startswith("re_")
    assert refunds_of(container) == [(PRICE, "succeeded")]
    assert entries(container, refund.id)[-1] == ("refund_sent", PRICE)
    assert balances(container) == {}
    assert mails(container).count("refund_sent") == 1
    assert_everything_ties(container)


@pytest.mark.parametrize("provider", ["bank", "balance"])
def test_what_no_provider_took_is_ordered_of_none(container: Container, alice: int, provider: str) -> None:
    line = sold(container, alice, Sale(provider="bank"))
    if provider == "balance":
        line = sold(container, alice, Sale(balance=Money(PRICE, "RUB")))
    approve(container, asked(container, alice, line.line_id))
    assert promised(container, "refund.send") == []
    assert the_refund(container).order_id is None
    assert the_refund(container).status is (
        RefundStatus.APPROVED if provider == "bank" else RefundStatus.SENT
    )


def test_eight_workers_send_once(container: Container, refund: Refund, acquirer: UnreliableAcquirer) -> None:
    at_once(*[partial(sent, container, acquirer)] * 8)
    assert len(acquirer.orders) == 1
    assert refunds_of(container) == [(PRICE, "succeeded")]
    assert the_refund(container).status is RefundStatus.SENT
    assert [kind for kind, _ in entries(container, refund.id)].count("refund_sent") == 1


POINTS = [
    (BEFORE_COMMIT, 1), (AFTER_COMMIT, 1), (AFTER_CLAIM_BEFORE_REFUND, 1), (AFTER_REFUND_BEFORE_SETTLE, 1),
    (BEFORE_COMMIT, 2), (AFTER_COMMIT, 2),
]  # fmt: skip


@pytest.mark.parametrize(("point", "time"), POINTS)
def test_a_worker_killed_anywhere_sends_once(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer, point: str, time: int
) -> None:
    with pytest.raises(Killed), installed(killing(point, time)):
        sent(container, acquirer)
    sent(container, acquirer)  # the outbox hands the work over again
    looked(container, acquirer, container.wall_clock.now() + timedelta(minutes=2))
    assert the_refund(container).status is RefundStatus.SENT
    assert refunds_of(container) == [(PRICE, "succeeded")]
    assert len({order.refund_id for order in acquirer.orders}) == 1
    assert_everything_ties(container)
    assert mails(container).count("refund_sent") == 1


@pytest.mark.parametrize(
    ("point", "time"), [(AFTER_FIND_BEFORE_SETTLE, 1), (BEFORE_COMMIT, 1), (AFTER_COMMIT, 1)]
)
def test_a_look_killed_anywhere_books_once(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer, point: str, time: int
) -> None:
    acquirer.mute = True
    sent(container, acquirer)
    acquirer.mute = False
    with pytest.raises(Killed), installed(killing(point, time)):
        refreshed(container, acquirer)
    looked(container, acquirer, container.wall_clock.now() + timedelta(minutes=2))
    assert the_refund(container).status is RefundStatus.SENT
    assert [kind for kind, _ in entries(container, refund.id)].count("refund_sent") == 1
    assert_everything_ties(container)


def killing(point: str, time: int) -> Callable[[str], None]:
    """Kills at the point, when it comes for this time."""
    left = [time]

    def handler(reached: str) -> None:
        if reached == point:
            left[0] -= 1
            if not left[0]:
                raise Killed(point)

    return handler


def test_a_lost_answer_is_asked_for_each_minute_then_each_hour(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    acquirer.mute = True
    sent(container, acquirer)
    began = the_refund(container).sending_since
    assert began is not None
    assert the_refund(container).status is RefundStatus.SENDING
    minutes = [
        n for n in range(1, 181) if looked(container, acquirer, began + timedelta(minutes=n, seconds=9))
    ]
    assert minutes[:3] == [1, 2, 3]
    assert [n for n in minutes if n > 60] == [120, 180]
    assert tasks(container) == []
    looked(container, acquirer, began + timedelta(hours=25))
    assert tasks(container) == ["unknown_refund"]
    acquirer.mute = False
    looked(container, acquirer, began + timedelta(hours=27))
    assert the_refund(container).status is RefundStatus.SENT
    assert len(acquirer.orders) == 1
    assert refunds_of(container) == [(PRICE, "succeeded")]


def test_a_refund_may_stay_with_the_bank_for_days(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    acquirer.says = RefundOutcome(RefundOutcomeKind.PENDING, reference="re_slow")
    sent(container, acquirer)
    began = container.wall_clock.now()
    looked(container, acquirer, began + timedelta(days=13))
    assert (the_refund(container).status, the_refund(container).provider_reference) == (
        RefundStatus.SENDING,
        "re_slow",
    )
    assert (tasks(container), mails(container).count("refund_sent")) == ([], 0)
    looked(container, acquirer, began + PATIENCE[RefundOutcomeKind.PENDING] + timedelta(hours=1))
    assert tasks(container) == ["unknown_refund"]
    acquirer.says = None
    looked(container, acquirer, began + timedelta(days=16))
    assert the_refund(container).status is RefundStatus.SENT


@pytest.fixture
def unheard(container: Container, refund: Refund, acquirer: UnreliableAcquirer) -> Refund:
    """The refund, of whose first order the acquirer has heard nothing; now it hears again."""
    acquirer.deaf = True
    sent(container, acquirer)
    acquirer.deaf = False
    return refund


def test_what_never_arrived_is_asked_for_again_under_its_own_key(
    container: Container, unheard: Refund, acquirer: UnreliableAcquirer
) -> None:
    looked(container, acquirer, container.wall_clock.now() + timedelta(hours=23))
    assert [order.refund_id for order in acquirer.orders] == [str(unheard.order_id)] * 2
    assert the_refund(container).status is RefundStatus.SENT


def test_what_never_arrived_is_a_failure_when_its_key_is_forgotten(
    container: Container, unheard: Refund, acquirer: UnreliableAcquirer
) -> None:
    looked(container, acquirer, container.wall_clock.now() + timedelta(hours=25))
    assert (the_refund(container).status, the_refund(container).failure_code) == (
        RefundStatus.FAILED,
        "never_heard_of",
    )
    assert len(acquirer.orders) == 1
    assert refunds_of(container) == []
    assert tasks(container) == ["refund_failed"]


@pytest.fixture
def failed(container: Container, refund: Refund, acquirer: UnreliableAcquirer) -> Refund:
    """A refund that the provider refused."""
    acquirer.says = RefundOutcome(RefundOutcomeKind.FAILED, "re_no", failure_code="card_closed")
    sent(container, acquirer)
    acquirer.says = None
    acquirer.change_refund(str(refund.order_id), "failed", "card_closed")
    return the_refund(container)


def test_a_refused_refund_is_owed_and_told_to_staff(container: Container, failed: Refund) -> None:
    assert (failed.status, failed.failure_code) == (RefundStatus.FAILED, "card_closed")
    assert tasks(container) == ["refund_failed"]
    assert mails(container).count("refund_sent") == 0
    assert balances(container)["refunds_payable"] == -PRICE
    assert rows(container, Payment)[0].refunded_minor == PRICE
    assert_everything_ties(container)


def test_a_refused_refund_is_sent_again_under_another_key(
    container: Container, failed: Refund, acquirer: UnreliableAcquirer
) -> None:
    send_again(container)
    again = the_refund(container)
    assert (again.status, again.failure_code) == (RefundStatus.APPROVED, None)
    assert again.order_id != failed.order_id
    deliver_all(container)
    assert the_refund(container).status is RefundStatus.SENT
    assert refunds_of(container) == [(PRICE, "failed"), (PRICE, "succeeded")]
    assert balances(container) == {}
    assert_everything_ties(container)


def test_a_late_answer_about_a_former_order_changes_nothing(
    container: Container, failed: Refund, acquirer: UnreliableAcquirer
) -> None:
    with container.transactions.reading() as repositories:
        order = order_from(repositories.refunds.get(failed.id))
    send_again(container)
    sent(container, UnreliableAcquirer(container))
    before = the_refund(container).provider_reference
    assert order is not None
    for kind in (RefundOutcomeKind.FAILED, RefundOutcomeKind.SUCCEEDED):
        settle_order(
            container.transactions,
            order=order,
            outcome=RefundOutcome(kind, "re_no", Money(PRICE, "RUB")),
            now=container.clock.now(),
            real_now=container.wall_clock.now(),
        )
    assert (the_refund(container).status, the_refund(container).provider_reference) == (
        RefundStatus.SENT,
        before,
    )


def test_a_refused_refund_may_leave_by_bank(container: Container, failed: Refund) -> None:
    mark_refund_sent(
        container.transactions,
        actor=ANNA,
        refund_id=failed.id,
        reference="п/п 17",
        now=container.clock.now(),
        through="bank",
    )
    (sent_entry,) = rows(container, LedgerEntry, kind="refund_sent")
    assert (sent_entry.debit, sent_entry.credit) == ("refunds_payable", "cash:bank")
    assert the_refund(container).status is RefundStatus.SENT
    assert_everything_ties(container)


def test_money_that_comes_back_is_owed_again(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    sent(container, acquirer)
    acquirer.change_refund(str(refund.order_id), "failed", "account_closed")
    for _ in range(2):
        refreshed(container, acquirer)
    returned = the_refund(container)
    assert (returned.status, returned.failure_code, returned.sent_at) == (
        RefundStatus.FAILED,
        "account_closed",
        None,
    )
    assert tasks(container) == ["refund_returned"]
    assert entries(container, refund.id)[-1] == ("refund_returned", PRICE)
    assert balances(container)["refunds_payable"] == -PRICE
    assert_everything_ties(container)
    send_again(container)
    deliver_all(container)
    assert balances(container) == {}
    assert_everything_ties(container)


def test_a_failure_that_was_none_ends_as_sent(
    container: Container, failed: Refund, acquirer: UnreliableAcquirer
) -> None:
    acquirer.change_refund(str(failed.order_id), "succeeded")
    refreshed(container, acquirer)
    assert (the_refund(container).status, the_refund(container).failure_code) == (RefundStatus.SENT, None)
    assert_everything_ties(container)


def test_another_amount_is_not_believed(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    acquirer.says = RefundOutcome(RefundOutcomeKind.SUCCEEDED, "re_1", Money(PRICE + 1, "RUB"))
    sent(container, acquirer)
    assert the_refund(container).status is RefundStatus.SENDING
    assert tasks(container) == ["refund_amount_mismatch"]
    assert [kind for kind, _ in entries(container, refund.id)].count("refund_sent") == 0
    send(container, refund.id, "re_1")
    assert the_refund(container).status is RefundStatus.SENT


def test_what_is_being_sent_is_left_to_its_provider(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    acquirer.mute = True
    sent(container, acquirer)
    with pytest.raises(Conflict) as refusal:
        send(container, refund.id)
    assert refusal.value.code == "REFUND_IN_FLIGHT"
    with pytest.raises(IllegalTransition):
        send_again(container)


def test_what_was_noted_by_hand_is_no_longer_the_providers(
    container: Container, failed: Refund, acquirer: UnreliableAcquirer
) -> None:
    send(container, failed.id, "by hand")
    acquirer.change_refund(str(failed.order_id), "succeeded")
    refreshed(container, acquirer)
    assert the_refund(container).provider_reference == "by hand"
    assert [kind for kind, _ in entries(container, failed.id)].count("refund_sent") == 1


def test_a_provider_that_is_gone_leaves_the_refund_to_staff(container: Container, refund: Refund) -> None:
    other = UnreliableAcquirer(container)
    other.name = "other"
    sent(container, other)
    assert the_refund(container).status is RefundStatus.APPROVED
    assert tasks(container) == ["refund_by_hand"]
    send(container, refund.id)
    assert the_refund(container).status is RefundStatus.SENT


def test_a_provider_that_went_while_it_sent_is_asked_in_vain(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    acquirer.mute = True
    sent(container, acquirer)
    acquirer.name = "other"
    looked(container, acquirer, container.wall_clock.now() + timedelta(days=2))
    assert the_refund(container).status is RefundStatus.SENDING
    assert tasks(container) == ["unknown_refund"]


def test_a_stale_job_sends_nothing(
    container: Container, refund: Refund, acquirer: UnreliableAcquirer
) -> None:
    with container.transactions.begin(ANNA) as work:
        work.refunds.get(refund.id).order_id = uuid4()
    deliver_all(container)
    assert the_refund(container).status is RefundStatus.APPROVED
    assert order_of(container) != refund.order_id


def test_only_staff_with_a_reason_send_again_what_a_provider_took(
    container: Container, alice: int, failed: Refund
) -> None:
    with pytest.raises(NotPermitted):
        send_again(container, Actor.customer(alice))
    with pytest.raises(InvalidInput):
        send_refund_again(
            container.transactions, actor=ANNA, refund_id=failed.id, reason=" ", now=container.clock.now()
        )
    line = sold(container, alice, Sale(provider="bank"))
    by_bank = asked(container, alice, line.line_id)
    approve(container, by_bank)
    with pytest.raises(Conflict) as refusal:
        send_refund_again(
            container.transactions, actor=ANNA, refund_id=by_bank, reason="да", now=container.clock.now()
        )
    assert refusal.value.code == "REFUND_NOT_BY_PROVIDER"
