"""The simulated provider sends money back once, and takes payments back as banks do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.billing.money import Money
from app.billing.payment import ChargeRequest, EventSubject, GatewayEvent
from app.billing.provider import DisputeState, RefundOrder, RefundOutcomeKind
from app.simulation import money_back
from app.simulation.cards import Card
from app.simulation.dice import Dice
from app.simulation.faults import RATES, Fault, Faults
from app.simulation.money_back import RefundState
from app.simulation.provider import SimulatedProvider
from app.simulation.timeline import Agenda, SimulatedClock

PRICE = Money(99_000, "RUB")


class Stage:
    """A provider that has taken one payment."""

    def __init__(self, *, faults: bool = False) -> None:
        self.clock = SimulatedClock()
        self.agenda = Agenda(self.clock)
        self.told: list[GatewayEvent] = []
        self.provider = SimulatedProvider(
            self.clock, self.agenda, Dice(1), Faults(active=faults), self.told.append
        )
        card = Card(1, 1, "Visa")
        self.provider.cards[card.token] = card
        charged = self.provider.charge(ChargeRequest("a", PRICE, "СЧ-1", "1", method_token=card.token))
        self.reference = charged.reference or self.provider.books.charges[0].reference

    def order(self, key: str = "r", amount: Money = PRICE) -> RefundOrder:
        return RefundOrder(key, self.reference, amount)

    def sent_back(self) -> list[RefundState]:
        return [each.state for each in self.provider.money_back.refunds]

    def wait(self, **duration: int) -> None:
        self.agenda.play_until(self.clock.now() + timedelta(**duration))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(money_back, "DISPUTED", 0.0)
    return Stage()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fault], Stage]:
    """A stage on which one fault always strikes and no other ever does."""
    monkeypatch.setattr(money_back, "DISPUTED", 0.0)

    def always(fault: Fault) -> Stage:
        for each in RATES:
            monkeypatch.setitem(RATES, each, 1.0 if each is fault else 0.0)
        return Stage(faults=True)

    return always


def test_a_key_sends_once_within_a_day_and_again_afterwards(stage: Stage) -> None:
    half = Money(40_000, "RUB")
    for _ in range(3):
        assert stage.provider.refund(stage.order(amount=half)).kind is RefundOutcomeKind.SUCCEEDED
    assert stage.sent_back() == [RefundState.SUCCEEDED]
    stage.wait(hours=24)
    stage.provider.refund(stage.order(amount=half))
    assert stage.sent_back() == [RefundState.SUCCEEDED] * 2
    assert stage.provider.money_back.complaints == []


def test_more_than_was_taken_is_a_complaint(stage: Stage) -> None:
    stage.provider.refund(stage.order())
    refused = stage.provider.refund(stage.order("another", Money(1, "RUB")))
    assert (refused.kind, refused.failure_code) == (RefundOutcomeKind.FAILED, "amount_too_large")
    assert len(stage.provider.money_back.complaints) == 1


def test_one_key_for_two_refunds_is_a_complaint(stage: Stage) -> None:
    stage.provider.refund(stage.order(amount=Money(1, "RUB")))
    stage.provider.refund(stage.order(amount=Money(2, "RUB")))
    assert len(stage.provider.money_back.complaints) == 1


def test_what_was_never_ordered_is_not_found_and_what_was_is_listed(stage: Stage) -> None:
    assert stage.provider.find_refund(stage.order()).kind is RefundOutcomeKind.NOT_FOUND
    sent = stage.provider.refund(stage.order())
    assert stage.provider.find_refund(stage.order()) == sent
    listed = stage.provider.events_since(stage.clock.now())
    assert listed is not None
    assert [(event.subject, event.object_reference) for event in listed] == [
        (EventSubject.PAYMENT, None),
        (EventSubject.REFUND, sent.reference),
    ]
    assert listed == stage.told
    report = stage.provider.report_refund(sent.reference or "")
    assert report is not None
    assert (report.outcome, report.payment_reference, report.mark) == (sent, stage.reference, "r")


@pytest.mark.parametrize(
    ("fault", "sent"), [(Fault.CALL_LOST, []), (Fault.ANSWER_LOST, [RefundState.SUCCEEDED])]
)
def test_no_answer_hides_whether_anything_was_sent(
    always: Callable[[Fault], Stage], fault: Fault, sent: list[RefundState]
) -> None:
    stage = always(Fault.MAIL_FAILED)
    RATES[fault] = 1.0  # from now on; `always` puts it back
    assert stage.provider.refund(stage.order()).kind is RefundOutcomeKind.UNKNOWN
    assert stage.sent_back() == sent


def test_a_refund_is_refused_for_good(always: Callable[[Fault], Stage]) -> None:
    outcome = always(Fault.REFUND_REFUSED)
    assert outcome.provider.refund(outcome.order()).kind is RefundOutcomeKind.FAILED


def test_a_slow_refund_arrives_days_later(always: Callable[[Fault], Stage]) -> None:
    stage = always(Fault.REFUND_SLOW)
    assert stage.provider.refund(stage.order()).kind is RefundOutcomeKind.PENDING
    stage.wait(days=10)
    assert stage.sent_back() == [RefundState.SUCCEEDED]


def test_money_that_was_sent_comes_back(always: Callable[[Fault], Stage]) -> None:
    stage = always(Fault.REFUND_RETURNED)
    assert stage.provider.refund(stage.order()).kind is RefundOutcomeKind.SUCCEEDED
    stage.wait(days=13)
    assert stage.sent_back() == [RefundState.FAILED]
    assert [event.kind for event in stage.told][-2:] == ["refund.succeeded", "refund.failed"]


def test_a_bank_takes_a_payment_back_and_no_refund_goes_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money_back, "DISPUTED", 1.0)
    stage = Stage()
    stage.wait(days=51)
    (dispute,) = stage.provider.money_back.disputes
    report = stage.provider.find_dispute(dispute.reference)
    assert report is not None
    assert (report.payment_reference, report.amount) == (stage.reference, PRICE)
    dispute.state = DisputeState.OPEN
    assert stage.provider.refund(stage.order()).failure_code == "charge_disputed"
    dispute.state = DisputeState.WON
    assert stage.provider.refund(stage.order("later")).kind is RefundOutcomeKind.SUCCEEDED


def test_what_went_back_already_no_bank_takes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money_back, "DISPUTED", 1.0)
    stage = Stage()
    stage.provider.refund(stage.order())
    stage.wait(days=51)
    assert stage.provider.money_back.disputes == []
