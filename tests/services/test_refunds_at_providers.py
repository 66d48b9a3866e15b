"""Refunds made on a provider's own page: booked once; ours are never taken for them (H7, faults 20, 32)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.documents.adjustment import AdjustmentDocument
from app.billing.documents.kinds import DocumentKind
from app.billing.documents.snapshot import from_snapshot
from app.billing.errors import Conflict, InvalidInput, NotPermitted
from app.billing.money import Money
from app.billing.payment import EventSubject
from app.billing.payment_history import HistoryStatus
from app.billing.periods import local_date
from app.billing.provider import DisputeState, RefundOrder, RefundOutcome, RefundOutcomeKind, RefundReport
from app.billing.refunds import RefundSource, RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import (
    AuditEntry,
    Document,
    InvoiceLine,
    Payment,
    Refund,
    StatusChange,
    Subscription,
    WebhookEvent,
)
from app.payments.test_acquirer.gateway import TestAcquirer
from app.repositories.registers import Stretch
from app.services.disputes import look_at_dispute
from app.services.payment_history import payment_history
from app.services.provider_answers import Found
from app.services.reconciliation import reconcile
from app.services.refunds import mark_refund_sent
from app.services.refunds_at_providers import end_refunded_access, look_at_reported_refund
from app.services.registers_documents import documents_of_period
from app.services.registers_vat import vat_tie
from app.services.settlement import settle_attempt
from tests.clock import ManualClock
from tests.factories import buy, deliver_all, mails, order, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.services.charges import opened
from tests.services.metered import create_metered_connector, metered_key, run_sweep, use
from tests.services.refunding import ANNA, approve, asked, balances, credit, entries
from tests.services.sending import UnreliableAcquirer, refunds_of, sent, tasks, the_refund

PRICE = Money(99_000, "RUB")


@pytest.fixture
def payment(container: Container, alice: int) -> Payment:
    """A purchase that the acquirer took the money of."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    deliver_all(container)
    (payment,) = rows(container, Payment)
    return payment


@pytest.fixture
def two_lines(container: Container, alice: int) -> Payment:
    """A purchase of two connectors at once."""
    registered(container, alice)
    buy(container, alice, "crm-connector", "mail-connector")
    deliver_all(container)
    (payment,) = rows(container, Payment)
    return payment


def by_hand(container: Container, payment: Payment, minor: int = PRICE.minor) -> str:
    """What somebody does on the acquirer's page."""
    return container.test_acquirer.refund_by_hand(payment.provider_reference, Money(minor, "RUB"))


def look(container: Container, reference: str, acquirer: TestAcquirer | None = None) -> Found:
    return look_at_reported_refund(
        container.transactions,
        {"test": acquirer or container.test_acquirer},
        provider="test",
        reference=reference,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )


def the_payment(container: Container) -> Payment:
    return rows(container, Payment)[0]


class Telling(TestAcquirer):
    """The acquirer, telling another outcome, amount or mark of refunds than it has."""

    def __init__(self, container: Container, **told: object) -> None:
        vars(self).update(vars(container.test_acquirer))
        self.told = told
        self.silent = False

    def report_refund(self, reference: str) -> RefundReport | None:
        report = super().report_refund(reference)
        if self.silent or report is None:
            return None
        mark = self.told.get("mark", report.mark)
        assert mark is None or isinstance(mark, str)
        of_outcome = {name: value for name, value in self.told.items() if name != "mark"}
        return replace(report, outcome=replace(report.outcome, **of_outcome), mark=mark)  # type: ignore[arg-type]


def test_a_refund_made_at_the_provider_is_booked_told_and_left_to_a_person(
    container: Container, alice: int, payment: Payment
) -> None:
    reference = by_hand(container, payment)

    assert look(container, reference) is Found.OURS

    refund = the_refund(container)
    assert (refund.source, refund.status) == (RefundSource.MADE_AT_PROVIDER, RefundStatus.SENT)
    assert (refund.amount, refund.to_method, refund.provider_reference) == (PRICE, PRICE, reference)
    assert the_payment(container).refunded_minor == PRICE.minor
    assert [kind for kind, _ in entries(container, refund.id)] == [
        "prepayment_refund",
        "advance_vat_returned",
        "refund_sent",
    ]
    assert balances(container) == {}
    (change,) = rows(container, StatusChange, object_kind="refund")
    assert (change.old_status, change.new_status) == (None, "sent")
    assert [row.action for row in rows(container, AuditEntry, object_kind="refund")] == [
        "refund.made_at_provider"
    ]
    assert tasks(container) == ["refund_made_at_provider"]
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    assert mails(container).count("refund_sent") == 1
    assert_everything_ties(container)


def test_it_is_booked_once_however_often_it_is_told(container: Container, payment: Payment) -> None:
    reference = by_hand(container, payment, 40_000)
    outcomes = at_once(*[partial(look, container, reference)] * 8)
    assert outcomes.refusals == []
    assert outcomes.results == [Found.OURS] * 8
    assert len(rows(container, Refund)) == 1
    assert the_payment(container).refunded_minor == 40_000
    assert_everything_ties(container)


def test_two_refunds_of_one_payment_are_two(container: Container, payment: Payment) -> None:
    for minor in (30_000, 69_000):
        look(container, by_hand(container, payment, minor))
    assert [refund.amount_minor for refund in rows(container, Refund)] == [30_000, 69_000]
    assert the_payment(container).refunded_minor == PRICE.minor
    assert_everything_ties(container)


def test_a_webhook_or_reconciliation_brings_it(container: Container, payment: Payment) -> None:
    by_hand(container, payment)
    reconcile(
        container.transactions,
        container.providers,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    deliver_all(container)
    assert [refund.source for refund in rows(container, Refund)] == [RefundSource.MADE_AT_PROVIDER]
    events = rows(container, WebhookEvent, subject=EventSubject.REFUND)
    assert [event.state for event in events] == ["processed"]


def test_a_refund_of_an_order_of_two_is_of_both_in_their_measure(
    container: Container, two_lines: Payment
) -> None:
    look(container, by_hand(container, two_lines, 99_001))
    look(container, by_hand(container, two_lines, 98_999))
    by_line: dict[int | None, int] = {}
    for refund in rows(container, Refund):
        by_line[refund.invoice_line_id] = by_line.get(refund.invoice_line_id, 0) + refund.amount_minor
    assert by_line == {line.id: line.total_minor for line in rows(container, InvoiceLine)}
    assert len(rows(container, Refund)) == 4
    assert_everything_ties(container)


# Never above what came, never believed without reading.


def test_above_what_is_left_nothing_is_booked_and_a_person_is_asked(
    container: Container, alice: int, payment: Payment
) -> None:
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    reference = by_hand(container, payment, 40_000)
    assert look(container, reference) is Found.OURS
    assert tasks(container) == ["refund_above_payment"]
    assert [refund.source for refund in rows(container, Refund)] == [RefundSource.REQUESTED]
    assert the_payment(container).refunded_minor == PRICE.minor
    assert_everything_ties(container)


@pytest.mark.parametrize("amount", [None, Money(1_000, "USD")])
def test_an_amount_that_can_not_be_is_not_booked(
    container: Container, payment: Payment, amount: Money | None
) -> None:
    assert look(container, by_hand(container, payment), Telling(container, amount=amount)) is Found.OURS
    assert tasks(container) == ["refund_amount_mismatch"]
    assert rows(container, Refund) == []


def test_what_a_lost_dispute_took_is_not_sent_back_as_well(container: Container, payment: Payment) -> None:
    reference = by_hand(container, payment)
    dispute = container.test_acquirer.open_dispute(payment.provider_reference, PRICE)
    container.test_acquirer.end_dispute(dispute, DisputeState.LOST)
    look_at_dispute(
        container.transactions,
        container.providers,
        provider="test",
        reference=dispute,
        now=container.clock.now(),
    )
    look(container, reference)
    assert tasks(container) == ["dispute_lost", "refund_above_payment"]
    assert rows(container, Refund) == []
    assert_everything_ties(container)


def test_a_dispute_takes_no_more_than_a_refund_at_the_provider_has_left(
    container: Container, payment: Payment
) -> None:
    """PayPal tells of a claim that was paid out both as a refund and as a lost dispute."""
    look(container, by_hand(container, payment, 60_000))
    dispute = container.test_acquirer.open_dispute(payment.provider_reference, PRICE)
    container.test_acquirer.end_dispute(dispute, DisputeState.LOST)
    look_at_dispute(
        container.transactions,
        container.providers,
        provider="test",
        reference=dispute,
        now=container.clock.now(),
    )
    assert {name: minor for name, minor in balances(container).items() if "cash" in name} == {}
    assert balances(container)["receivable"] == 39_000
    assert_everything_ties(container)


def test_silence_is_asked_again_and_what_is_not_ours_is_nothing(
    container: Container, payment: Payment
) -> None:
    quiet = Telling(container)
    quiet.silent = True
    assert look(container, by_hand(container, payment), quiet) is Found.SILENCE
    assert look(container, "re_of_another_shop") is Found.NOTHING
    assert rows(container, Refund) == []


def test_what_did_not_leave_is_not_booked(container: Container, payment: Payment) -> None:
    failed = Telling(container, kind=RefundOutcomeKind.FAILED)
    assert look(container, by_hand(container, payment), failed) is Found.OURS
    assert rows(container, Refund) == []
    assert tasks(container) == []


def test_what_comes_back_is_owed_again(container: Container, payment: Payment) -> None:
    reference = by_hand(container, payment)
    look(container, reference, Telling(container, kind=RefundOutcomeKind.PENDING))
    for _ in range(2):
        look(container, reference, Telling(container, kind=RefundOutcomeKind.FAILED, failure_code="lost"))
    refund = the_refund(container)
    assert (refund.status, refund.failure_code) == (RefundStatus.FAILED, "lost")
    assert tasks(container) == ["refund_made_at_provider", "refund_returned"]
    assert balances(container) == {"cash:test": PRICE.minor, "refunds_payable": -PRICE.minor}
    assert_everything_ties(container)


# Ours.


def test_a_refund_of_ours_told_before_we_settled_it_is_ours(
    container: Container, alice: int, payment: Payment
) -> None:
    """The webhook is faster than the answer to our own call (fault 20)."""
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))

    class Hasty(UnreliableAcquirer):
        """Tells of the refund before it answers."""

        def refund(self, order: RefundOrder) -> RefundOutcome:
            made = super().refund(order)
            assert look(container, str(made.reference), self) is Found.OURS
            return made

    sent(container, Hasty(container))
    refund = the_refund(container)
    assert (refund.source, refund.status) == (RefundSource.REQUESTED, RefundStatus.SENT)
    assert refunds_of(container) == [(PRICE.minor, "succeeded")]
    assert mails(container).count("refund_sent") == 1
    assert "refund_made_at_provider" not in tasks(container)
    assert_everything_ties(container)


def test_a_refund_under_a_key_that_we_gave_up_is_neither_ours_nor_booked(
    container: Container, alice: int, payment: Payment
) -> None:
    """Staff wrote it down by hand; whatever the provider says of the former order a person has to judge."""
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    former = the_refund(container).order_id
    mark_refund_sent(
        container.transactions,
        actor=ANNA,
        refund_id=the_refund(container).id,
        reference="PO-17",
        now=container.clock.now(),
    )
    made = container.test_acquirer.refund(RefundOrder(str(former), payment.provider_reference, PRICE))
    assert look(container, str(made.reference)) is Found.NOTHING
    assert len(rows(container, Refund)) == 1


def test_a_refund_that_staff_wrote_down_by_its_name_is_ours(
    container: Container, alice: int, payment: Payment
) -> None:
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    reference = by_hand(container, payment)
    mark_refund_sent(
        container.transactions,
        actor=ANNA,
        refund_id=the_refund(container).id,
        reference=reference,
        now=container.clock.now(),
    )
    assert look(container, reference) is Found.OURS
    assert len(rows(container, Refund)) == 1
    assert tasks(container) == []


def test_what_we_owe_and_somebody_sent_by_hand_is_sent(
    container: Container, alice: int, payment: Payment
) -> None:
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    reference = by_hand(container, payment)

    assert look(container, reference) is Found.OURS
    deliver_all(container)

    refund = the_refund(container)
    assert (refund.source, refund.status) == (RefundSource.REQUESTED, RefundStatus.SENT)
    assert refund.provider_reference == reference
    assert refunds_of(container) == [(PRICE.minor, "succeeded")]
    assert_everything_ties(container)


def test_the_mark_that_paypal_takes_over_from_the_payment_is_no_order(
    container: Container, payment: Payment
) -> None:
    inherited = Telling(container, mark=f"{payment.attempt_id}:closed")
    assert look(container, by_hand(container, payment), inherited) is Found.OURS
    assert the_refund(container).source is RefundSource.MADE_AT_PROVIDER


# Money that had paid nothing, and used operations.


@pytest.fixture
def twice_paid(container: Container, alice: int) -> Payment:
    """The second payment of an order that was paid on two pages: it is on the balance."""
    registered(container, alice)
    invoice_id = order(container, alice, "crm-connector")
    first = opened(container, alice, invoice_id)
    late = container.test_acquirer.pay(str(first), "tok_visa")
    settle_attempt(
        container.transactions,
        attempt_id=first,
        outcome=container.test_acquirer.close_checkout("nobody's"),
        now=container.clock.now(),
    )
    second = opened(container, alice, invoice_id)
    paid = container.test_acquirer.pay(str(second), "tok_visa")
    for attempt_id, outcome in ((second, paid), (first, late)):
        settle_attempt(
            container.transactions, attempt_id=attempt_id, outcome=outcome, now=container.clock.now()
        )
    deliver_all(container)
    return rows(container, Payment)[-1]


def test_money_that_had_paid_nothing_leaves_the_balance_and_no_access(
    container: Container, alice: int, twice_paid: Payment
) -> None:
    assert credit(container) == PRICE.minor
    look(container, by_hand(container, twice_paid))

    refund = the_refund(container)
    assert (refund.invoice_line_id, refund.amount) == (None, PRICE)
    assert [kind for kind, _ in entries(container, refund.id)] == ["balance_refund", "refund_sent"]
    assert credit(container) == 0
    payment = rows(container, Payment, id=twice_paid.id)[0]
    assert (payment.refunded_minor, payment.unallocated_refunded_minor) == (PRICE.minor, PRICE.minor)
    (entry,) = payment_history(container.transactions, customer_id=alice).entries
    assert entry.status is HistoryStatus.PAID
    assert mails(container).count("refund_sent") == 1
    assert_everything_ties(container)


def test_money_of_the_balance_that_was_used_meanwhile_is_a_loss(
    container: Container, alice: int, twice_paid: Payment
) -> None:
    order(container, alice, "mail-connector")
    assert credit(container) == 0
    look(container, by_hand(container, twice_paid))
    assert [kind for kind, _ in entries(container, the_refund(container).id)] == [
        "refund_of_used_money",
        "refund_sent",
    ]
    assert balances(container)["bad_debts"] == PRICE.minor
    assert_everything_ties(container)


@pytest.fixture
def paid_operations(container: Container, clock: ManualClock, alice: int) -> Payment:
    """The operations of a month that is over, billed, charged and documented."""
    registered(container, alice)
    create_metered_connector(container)
    metered_key(container, alice)
    use(container, 10)
    clock.advance(days=45)
    run_sweep(container)
    clock.advance(days=1)
    run_sweep(container)
    deliver_all(container)
    return next(each for each in rows(container, Payment) if each.provider == "test")


def test_money_for_used_operations_lowers_their_revenue(
    container: Container, paid_operations: Payment
) -> None:
    look(container, by_hand(container, paid_operations, paid_operations.amount_minor))
    assert [kind for kind, _ in entries(container, the_refund(container).id)] == [
        "service_refund",
        "service_vat_reduced",
        "refund_sent",
    ]
    assert_everything_ties(container)


def test_a_lower_price_of_operations_is_documented_from_what_an_earlier_refund_has_left(
    container: Container, paid_operations: Payment
) -> None:
    whole = paid_operations.amount_minor
    look(container, by_hand(container, paid_operations, whole // 3))
    run_sweep(container)
    look(container, by_hand(container, paid_operations, whole - whole // 3))
    run_sweep(container)
    run_sweep(container)
    (upd,) = rows(container, Document, kind=DocumentKind.TRANSFER)
    adjusting = rows(container, Document, kind=DocumentKind.TRANSFER_ADJUSTMENT)
    assert [row.total_minor for row in adjusting] == [-(whole // 3), whole // 3 - whole]
    assert {row.adjusts_id for row in adjusting} == {upd.id}
    assert sum(row.vat_minor for row in adjusting) == -upd.vat_minor
    assert [row.refund_id for row in adjusting] == [each.id for each in rows(container, Refund)]
    last = from_snapshot(adjusting[-1].snapshot)
    assert isinstance(last, AdjustmentDocument)
    assert (last.lines[0].before.gross.minor, last.lines[0].after.gross.minor) == (whole - whole // 3, 0)
    assert_everything_ties(container)
    period = Stretch(upd.seller_id, date(2026, 1, 1), local_date(container.clock.now()))
    assert vat_tie(container.transactions, stretch=period).ties
    assert documents_of_period(container.transactions, stretch=period).missing == ()


# What a person decides.


def end_access(container: Container, actor: Actor = ANNA, reason: str = "вернули деньги") -> None:
    end_refunded_access(
        container.transactions,
        actor=actor,
        refund_id=rows(container, Refund)[0].id,
        reason=reason,
        now=container.clock.now(),
    )


def test_staff_may_end_the_access_once(
    container: Container, clock: ManualClock, alice: int, payment: Payment
) -> None:
    look(container, by_hand(container, payment))
    clock.advance(hours=1)
    with pytest.raises(NotPermitted):
        end_access(container, Actor.customer(alice))
    with pytest.raises(InvalidInput, match="reason"):
        end_access(container, reason=" ")
    end_access(container)
    assert rows(container, Subscription)[0].status is SubscriptionStatus.EXPIRED
    assert rows(container, AuditEntry, action="refund.end_access")[0].reason == "вернули деньги"
    with pytest.raises(Conflict) as refused:
        end_access(container)
    assert refused.value.code == "NO_ACCESS_TO_END"
    assert_everything_ties(container)


def test_the_access_of_a_refund_of_ours_ended_with_its_approval(
    container: Container, alice: int, payment: Payment
) -> None:
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    with pytest.raises(Conflict) as refused:
        end_access(container)
    assert refused.value.code == "NO_ACCESS_TO_END"


def test_a_later_period_that_is_paid_keeps_the_access(
    container: Container, clock: ManualClock, alice: int, payment: Payment
) -> None:
    """Ending the earlier one would end what runs now."""
    look(container, by_hand(container, payment, 1_000))
    ends_at = rows(container, Subscription)[0].period_end
    assert ends_at is not None
    clock.move_to(ends_at - timedelta(hours=30))
    run_sweep(container)
    clock.move_to(ends_at - timedelta(hours=2))
    run_sweep(container)
    deliver_all(container)
    assert len(rows(container, Payment)) == 2
    with pytest.raises(Conflict) as refused:
        end_access(container)
    assert refused.value.code == "REFUND_LATER_PERIOD_FIRST"
