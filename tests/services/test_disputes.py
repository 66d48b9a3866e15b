"""Disputes: a bank takes a payment back. What the provider reports stands here, in any order (H2, H3)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.disputes import DISPUTE_POLICY, DisputePolicy
from app.billing.errors import Conflict, InvalidInput, NotFound, NotPermitted
from app.billing.money import Money
from app.billing.provider import DisputeState
from app.billing.refunds import RefundStatus
from app.billing.subscription import SubscriptionStatus
from app.bootstrap import Container
from app.models import AuditEntry, Dispute, InvoiceLine, LedgerEntry, Payment, StatusChange, Subscription
from app.services.disputes import look_at_dispute, note_dispute
from app.services.provider_answers import Found
from tests.factories import buy, check, deliver_all, production_key, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.services.refunding import ANNA, approve, asked, balances
from tests.services.sending import refunds_of, tasks, the_refund

PRICE = Money(99_000, "RUB")


@pytest.fixture
def payment(container: Container, alice: int) -> Payment:
    """A purchase that the acquirer took the money of."""
    registered(container, alice)
    buy(container, alice, "crm-connector", make_account="A")
    deliver_all(container)
    (payment,) = rows(container, Payment)
    return payment


@pytest.fixture
def dispute(container: Container, payment: Payment) -> str:
    """Its bank takes it back; nobody here has looked yet."""
    return container.test_acquirer.open_dispute(payment.provider_reference, PRICE)


def look(container: Container, reference: str, policy: DisputePolicy = DISPUTE_POLICY) -> Found:
    return look_at_dispute(
        container.transactions,
        container.providers,
        provider="test",
        reference=reference,
        now=container.clock.now(),
        policy=policy,
    )


def the_dispute(container: Container) -> Dispute:
    (row,) = rows(container, Dispute)
    return row


def booked(container: Container) -> list[tuple[str, str, str, int]]:
    return [
        (each.kind, each.debit, each.credit, each.amount_minor)
        for each in rows(container, LedgerEntry)
        if each.kind.startswith("dispute")
    ]


def test_an_open_dispute_costs_nothing_yet_and_takes_no_access(
    container: Container, alice: int, payment: Payment, dispute: str
) -> None:
    key = production_key(container, alice)
    for _ in range(3):
        assert look(container, dispute) is Found.OURS
    row = the_dispute(container)
    assert (row.state, row.amount, row.reason, row.payment_id, row.customer_id, row.closed_at) == (
        DisputeState.OPEN, PRICE, "fraudulent", payment.id, alice, None,
    )  # fmt: skip
    assert row.evidence_due_at is not None
    assert abs(row.evidence_due_at - container.wall_clock.now() - timedelta(days=7)) < timedelta(minutes=5)
    assert tasks(container) == ["dispute_open"]
    assert booked(container) == []
    assert check(container, key, "A").allowed
    assert_everything_ties(container)


def test_a_lost_dispute_takes_the_money_and_the_customer_owes_it(
    container: Container, payment: Payment, dispute: str
) -> None:
    look(container, dispute)
    container.test_acquirer.end_dispute(dispute, DisputeState.LOST)
    for _ in range(3):
        look(container, dispute)
    assert booked(container) == [("dispute_lost", "receivable", "cash:test", PRICE.minor)]
    assert balances(container)["receivable"] == PRICE.minor
    assert "cash:test" not in balances(container)
    assert (the_dispute(container).lost, the_dispute(container).closed_at) == (PRICE, container.clock.now())
    assert tasks(container) == ["dispute_open", "dispute_lost"]
    assert rows(container, Subscription)[0].status is SubscriptionStatus.ACTIVE
    assert_everything_ties(container)


def test_a_dispute_that_is_won_after_all_brings_the_money_again(
    container: Container, payment: Payment, dispute: str
) -> None:
    for state in (DisputeState.LOST, DisputeState.WON, DisputeState.LOST, DisputeState.WON):
        container.test_acquirer.end_dispute(dispute, state)
        look(container, dispute)
        assert_everything_ties(container)
    assert [kind for kind, *_ in booked(container)] == ["dispute_lost", "dispute_won_back"] * 2
    assert "receivable" not in balances(container)
    changes = rows(container, StatusChange, object_kind="dispute")
    assert [each.new_status for each in changes] == ["lost", "won", "lost", "won"]


def test_looks_at_once_are_one_dispute(container: Container, payment: Payment, dispute: str) -> None:
    container.test_acquirer.end_dispute(dispute, DisputeState.LOST)
    at_once(*[partial(look, container, dispute)] * 10)
    assert len(booked(container)) == 1
    assert tasks(container) == ["dispute_lost"]
    assert_everything_ties(container)


@pytest.mark.parametrize("state", [DisputeState.OPEN, DisputeState.LOST])
def test_the_policy_may_end_access(
    container: Container, alice: int, payment: Payment, dispute: str, state: DisputeState
) -> None:
    key = production_key(container, alice)
    strict = DisputePolicy(access_ends=frozenset({state}))
    container.test_acquirer.end_dispute(dispute, state)
    for _ in range(2):
        look(container, dispute, strict)
    assert not check(container, key, "A").allowed
    assert rows(container, Subscription)[0].status is SubscriptionStatus.EXPIRED
    assert_everything_ties(container)


def test_a_dispute_of_an_unknown_payment_leaves_nothing(container: Container) -> None:
    reference = container.test_acquirer.open_dispute("ch_of_somebody", PRICE)
    assert look(container, reference) is Found.NOTHING
    assert (rows(container, Dispute), tasks(container)) == ([], [])
    assert look(container, "dp_nobody") is Found.SILENCE
    with pytest.raises(Conflict) as refusal:
        look_at_dispute(
            container.transactions, {}, provider="test", reference=reference, now=container.clock.now()
        )
    assert refusal.value.code == "PROVIDER_UNAVAILABLE"


def test_a_dispute_in_another_currency_is_not_booked(container: Container, payment: Payment) -> None:
    reference = container.test_acquirer.open_dispute(payment.provider_reference, Money(1_100, "USD"))
    container.test_acquirer.end_dispute(reference, DisputeState.LOST)
    look(container, reference)
    assert booked(container) == []
    assert tasks(container) == ["amount_mismatch"]


# What a bank takes back is not sent back as well.


def test_what_a_bank_takes_back_is_not_refunded_as_well(
    container: Container, alice: int, payment: Payment, dispute: str
) -> None:
    refund_id = asked(container, alice, rows(container, InvoiceLine)[0].id)
    look(container, dispute)
    with pytest.raises(Conflict) as refusal:
        approve(container, refund_id)
    assert refusal.value.code == "PAYMENT_DISPUTED"
    container.test_acquirer.end_dispute(dispute, DisputeState.WON)
    look(container, dispute)
    approve(container, refund_id)
    deliver_all(container)
    assert the_refund(container).status is RefundStatus.SENT
    assert_everything_ties(container)


def test_an_approved_refund_is_stopped_by_a_dispute(
    container: Container, alice: int, payment: Payment, dispute: str
) -> None:
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    look(container, dispute)
    deliver_all(container)
    assert (the_refund(container).status, the_refund(container).failure_code) == (
        RefundStatus.FAILED,
        "PAYMENT_DISPUTED",
    )
    assert refunds_of(container) == []
    assert_everything_ties(container)


def test_a_refund_and_a_dispute_at_once_never_both_take_the_money(
    container: Container, alice: int, payment: Payment, dispute: str
) -> None:
    refund_id = asked(container, alice, rows(container, InvoiceLine)[0].id)
    at_once(partial(look, container, dispute), partial(approve, container, refund_id))
    deliver_all(container)
    assert refunds_of(container) == []
    assert the_dispute(container).state is DisputeState.OPEN
    assert_everything_ties(container)


# Notes.


def test_a_note_stays_in_the_history(
    container: Container, alice: int, payment: Payment, dispute: str
) -> None:
    look(container, dispute)

    def note(actor: Actor, text: str, dispute_id: int | None = None) -> None:
        note_dispute(
            container.transactions,
            actor=actor,
            dispute_id=dispute_id or the_dispute(container).id,
            note=text,
            now=container.clock.now(),
        )

    note(ANNA, "Отправлены акты")
    (written,) = rows(container, AuditEntry, action="dispute.note")
    assert (written.reason, written.customer_id, written.object_kind) == ("Отправлены акты", alice, "dispute")
    with pytest.raises(NotPermitted):
        note(Actor.customer(alice), "моё")
    with pytest.raises(InvalidInput):
        note(ANNA, "  ")
    with pytest.raises(NotFound):
        note(ANNA, "чужое", 999)
