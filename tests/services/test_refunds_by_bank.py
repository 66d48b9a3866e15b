"""A refund that its provider can't send leaves by bank transfer, as one of a transfer does (H4, H7)."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from app.billing.actors import Actor
from app.billing.bank_matching import Finding
from app.billing.bank_purpose import refund_purpose
from app.billing.errors import Conflict, InvalidInput, NotPermitted
from app.billing.money import Money
from app.billing.payment_order import OrderParty, PaymentOrder
from app.billing.provider import RefundOutcome, RefundOutcomeKind
from app.billing.refunds import RefundStatus
from app.billing.transitions import IllegalTransition
from app.bootstrap import Container
from app.models import AuditEntry, BankLine, BankLineState, Invoice, InvoiceLine, LedgerEntry, Payment, Refund
from app.services.refund_orders import make_payment_order
from app.services.refunds import send_refund_again, send_refund_by_bank
from app.services.refunds_at_providers import look_at_reported_refund
from tests.bank import bring
from tests.bank import sent as left
from tests.factories import buy, deliver_all, mails, rows
from tests.ledger_rows import assert_everything_ties, registered
from tests.parallel import at_once
from tests.services.refunding import ANNA, approve, asked, balances, send
from tests.services.sending import UnreliableAcquirer, refreshed, sent, tasks, the_refund
from tests.services.test_disputes import look

PRICE = 99_000
RECIPIENT = OrderParty(
    name="Алиса Петрова",
    account="40702810200000000001",
    bank_name="ПАО Сбербанк",
    bic="044525225",
    correspondent_account="30101810400000000225",
)


@pytest.fixture
def refund(container: Container, alice: int) -> Refund:
    """An approved refund of a purchase by card; no worker has seen it."""
    registered(container, alice)
    buy(container, alice, "crm-connector")
    deliver_all(container)
    approve(container, asked(container, alice, rows(container, InvoiceLine)[0].id))
    return the_refund(container)


@pytest.fixture
def failed(container: Container, refund: Refund) -> Refund:
    """Its provider has refused it for good."""
    acquirer = UnreliableAcquirer(container)
    acquirer.says = RefundOutcome(RefundOutcomeKind.FAILED, "re_no", failure_code="card_closed")
    sent(container, acquirer)
    acquirer.change_refund(str(refund.order_id), "failed", "card_closed")
    return the_refund(container)


def by_bank(container: Container, actor: Actor = ANNA, reason: str = "карта закрыта") -> None:
    send_refund_by_bank(
        container.transactions,
        actor=actor,
        refund_id=the_refund(container).id,
        reason=reason,
        now=container.clock.now(),
    )


def ordered(container: Container) -> PaymentOrder:
    return make_payment_order(
        container.transactions,
        actor=ANNA,
        refund_id=the_refund(container).id,
        recipient=RECIPIENT,
        now=container.clock.now(),
    )


def send_again(container: Container) -> None:
    send_refund_again(
        container.transactions,
        actor=ANNA,
        refund_id=the_refund(container).id,
        reason="карта снова действует",
        now=container.clock.now(),
    )


def test_it_gets_a_payment_order_and_is_settled_by_its_line(container: Container, failed: Refund) -> None:
    by_bank(container)
    waits = the_refund(container)
    assert (waits.status, waits.through, waits.order_id, waits.failure_code) == (
        RefundStatus.APPROVED, "bank", None, None,
    )  # fmt: skip
    order = ordered(container)
    invoice = rows(container, Invoice)[0]
    assert (order.number, order.amount, order.payer.account) == (
        waits.id, Money(PRICE, "RUB"), "40702810138250123017",
    )  # fmt: skip
    assert order.purpose == refund_purpose(waits.id, invoice.full_number, invoice.issued_on)
    assert the_refund(container).payment_order_at == container.clock.now()
    bring(container, left(order.purpose))
    (line,) = rows(container, BankLine)
    assert (line.state, line.refund_id) == (BankLineState.SETTLED_REFUND, waits.id)
    assert the_refund(container).status is RefundStatus.SENT
    (entry,) = rows(container, LedgerEntry, kind="refund_sent")
    assert (entry.debit, entry.credit, entry.amount_minor) == ("refunds_payable", "cash:bank", PRICE)
    assert mails(container).count("refund_sent") == 1
    assert "refunds_payable" not in balances(container)
    (deed,) = rows(container, AuditEntry, action="refund.by_bank")
    assert deed.reason == "карта закрыта"
    assert_everything_ties(container)


@pytest.mark.parametrize("minor", [PRICE - 1, PRICE + 1])
def test_a_line_of_another_sum_waits_for_a_person(container: Container, failed: Refund, minor: int) -> None:
    by_bank(container)
    bring(container, left(ordered(container).purpose, minor))
    (line,) = rows(container, BankLine)
    assert (line.state, line.finding) == (BankLineState.UNMATCHED, Finding.REFUND_SUM)
    assert the_refund(container).status is RefundStatus.APPROVED


def test_before_it_is_turned_to_the_bank_no_order_is_made(container: Container, failed: Refund) -> None:
    with pytest.raises(Conflict) as refusal:
        ordered(container)
    assert refusal.value.code == "REFUND_NOT_AWAITED"


def test_a_refund_whose_provider_is_gone_may_go_that_way(container: Container, refund: Refund) -> None:
    other = UnreliableAcquirer(container)
    other.name = "other"
    sent(container, other)
    by_bank(container)
    bring(container, left(ordered(container).purpose))
    assert the_refund(container).status is RefundStatus.SENT
    deliver_all(container)
    assert len(rows(container, LedgerEntry, kind="refund_sent")) == 1


def test_what_the_provider_may_be_sending_does_not(container: Container, refund: Refund) -> None:
    acquirer = UnreliableAcquirer(container)
    acquirer.mute = True
    sent(container, acquirer)
    with pytest.raises(IllegalTransition):
        by_bank(container)
    acquirer.mute = False
    refreshed(container, acquirer)
    with pytest.raises(IllegalTransition):
        by_bank(container)


def test_what_was_asked_for_only_is_not_sent_in_any_way(container: Container, alice: int) -> None:
    registered(container, alice)
    buy(container, alice, "crm-connector")
    asked(container, alice, rows(container, InvoiceLine)[0].id)
    for deed in (by_bank, send_again):
        with pytest.raises(IllegalTransition):
            deed(container)
    assert the_refund(container).status is RefundStatus.REQUESTED
    deliver_all(container)
    assert rows(container, LedgerEntry, kind="refund_sent") == []


def test_a_job_that_comes_late_sends_nothing(container: Container, refund: Refund) -> None:
    acquirer = UnreliableAcquirer(container)
    by_bank(container)
    deliver_all(container)
    assert (acquirer.orders, the_refund(container).status) == ([], RefundStatus.APPROVED)


def test_a_worker_and_a_person_at_once_choose_one_way(container: Container, refund: Refund) -> None:
    def turn() -> None:
        with suppress(IllegalTransition):
            by_bank(container)

    at_once(turn, partial(deliver_all, container))
    found = the_refund(container)
    sent_back = len(rows(container, LedgerEntry, kind="refund_sent"))
    assert (found.status, found.through, sent_back) in {
        (RefundStatus.SENT, None, 1),
        (RefundStatus.APPROVED, "bank", 0),
    }
    assert_everything_ties(container)


def test_the_provider_may_send_it_until_an_order_was_made(container: Container, failed: Refund) -> None:
    by_bank(container)
    send_again(container)
    assert (the_refund(container).through, the_refund(container).order_id is None) == (None, False)
    deliver_all(container)
    assert the_refund(container).status is RefundStatus.SENT
    assert [each.credit for each in rows(container, LedgerEntry, kind="refund_sent")] == ["cash:test"]


def test_once_an_order_was_made_the_provider_does_not(container: Container, failed: Refund) -> None:
    by_bank(container)
    ordered(container)
    with pytest.raises(Conflict) as refusal:
        send_again(container)
    assert refusal.value.code == "REFUND_LEAVES_BY_BANK"
    assert ordered(container).number == failed.id
    send(container, failed.id, "п/п 12")
    assert [each.credit for each in rows(container, LedgerEntry, kind="refund_sent")] == ["cash:bank"]
    assert the_refund(container).through == "bank"
    assert_everything_ties(container)


def test_what_a_bank_takes_back_gets_no_order(container: Container, failed: Refund) -> None:
    by_bank(container)
    (payment,) = rows(container, Payment)
    look(container, container.test_acquirer.open_dispute(payment.provider_reference, Money(PRICE, "RUB")))
    for deed in (ordered, by_bank):
        with pytest.raises(Conflict) as refusal:
            deed(container)
        assert refusal.value.code == "PAYMENT_DISPUTED"


def test_ten_people_turn_it_at_once_and_one_line_settles_it(container: Container, failed: Refund) -> None:
    at_once(*[partial(by_bank, container)] * 10)
    order = ordered(container)

    def bring_it() -> None:
        bring(container, left(order.purpose))

    at_once(*[bring_it] * 5)
    assert len(rows(container, LedgerEntry, kind="refund_sent")) == 1
    assert tasks(container) == ["refund_failed"]
    assert_everything_ties(container)


def test_only_staff_with_a_reason_turn_it(container: Container, alice: int, failed: Refund) -> None:
    for actor, reason, refused in ((Actor.customer(alice), "хочу", NotPermitted), (ANNA, " ", InvalidInput)):
        with pytest.raises(refused):
            by_bank(container, actor, reason)
    assert the_refund(container).status is RefundStatus.FAILED


def test_what_somebody_sends_on_the_providers_page_beside_is_told_to_staff(
    container: Container, failed: Refund
) -> None:
    by_bank(container)
    (payment,) = rows(container, Payment)
    made = container.test_acquirer.refund_by_hand(payment.provider_reference, payment.amount)
    look_at_reported_refund(
        container.transactions,
        container.providers,
        provider="test",
        reference=made,
        now=container.clock.now(),
        real_now=container.wall_clock.now(),
    )
    assert tasks(container) == ["refund_failed", "refund_above_payment"]
    assert the_refund(container).status is RefundStatus.APPROVED
    assert rows(container, LedgerEntry, kind="refund_sent") == []
    assert_everything_ties(container)
