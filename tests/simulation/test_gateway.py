"""The simulated provider keeps its promises, and breaks those that real providers break."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.billing.errors import InvalidInput
from app.billing.money import Money
from app.billing.payment import ChargeRequest, GatewayEvent, OutcomeKind
from app.simulation.cards import Card
from app.simulation.dice import Dice
from app.simulation.faults import RATES, Fault, Faults
from app.simulation.gateway import SIGNATURE, SimulatedGateway
from app.simulation.provider_books import PAGE_TERM
from app.simulation.timeline import Agenda, SimulatedClock

PRICE = Money(99_000, "RUB")


class Stage:
    """A provider with a card, a clock and an ear for its webhooks."""

    def __init__(self, *, faults: bool = False) -> None:
        self.clock = SimulatedClock()
        self.agenda = Agenda(self.clock)
        self.told: list[str] = []
        self.gateway = SimulatedGateway(self.clock, self.agenda, Dice(1), Faults(active=faults), self._hear)
        self.card = Card(1, 1, "Visa")
        self.gateway.cards[self.card.token] = self.card

    def _hear(self, event: GatewayEvent) -> None:
        self.told.append(event.kind.removeprefix("charge."))

    def request(self, attempt: str = "a", invoice: str = "СЧ-1") -> ChargeRequest:
        return ChargeRequest(attempt, PRICE, invoice, "1", method_token=self.card.token)

    def taken(self) -> int:
        return len(self.gateway.books.succeeded())


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fault], Stage]:
    """A stage on which one fault always strikes and no other ever does."""

    def always(fault: Fault) -> Stage:
        for each in RATES:
            monkeypatch.setitem(RATES, each, 1.0 if each is fault else 0.0)
        return Stage(faults=True)

    return always


def test_a_key_charges_once_within_a_day_and_again_afterwards(stage: Stage) -> None:
    first = stage.gateway.charge(stage.request())
    stage.clock.move_on(stage.gateway.retention - timedelta(seconds=1))
    again = stage.gateway.charge(stage.request())

    assert (first.kind, again) == (OutcomeKind.SUCCEEDED, first)
    assert stage.taken() == 1

    stage.clock.move_on(timedelta(seconds=1))
    stage.gateway.charge(stage.request())

    assert stage.taken() == 2


def test_what_was_never_asked_for_is_not_found(stage: Stage) -> None:
    assert stage.gateway.find("a").kind is OutcomeKind.NOT_FOUND
    assert stage.gateway.close_checkout("a").kind is OutcomeKind.NOT_FOUND


def test_a_lost_answer_hides_money_that_was_taken(always: Callable[[Fault], Stage]) -> None:
    stage = always(Fault.ANSWER_LOST)

    assert stage.gateway.charge(stage.request()).kind is OutcomeKind.UNKNOWN
    assert stage.taken() == 1
    assert stage.gateway.find("a").kind is OutcomeKind.SUCCEEDED


def test_a_lost_call_takes_nothing(always: Callable[[Fault], Stage]) -> None:
    stage = always(Fault.CALL_LOST)

    assert stage.gateway.charge(stage.request()).kind is OutcomeKind.UNKNOWN
    assert stage.gateway.find("a").kind is OutcomeKind.NOT_FOUND


def test_a_slow_charge_is_decided_later(always: Callable[[Fault], Stage]) -> None:
    stage = always(Fault.CHARGE_SLOW)

    assert stage.gateway.charge(stage.request()).kind is OutcomeKind.UNKNOWN
    assert stage.gateway.find("a").kind is OutcomeKind.UNKNOWN

    stage.agenda.play_until(stage.clock.now() + timedelta(days=2))

    assert stage.gateway.find("a").kind is OutcomeKind.SUCCEEDED
    assert stage.told == ["succeeded"]


def test_a_page_that_we_closed_may_have_been_paid_at_that_moment(always: Callable[[Fault], Stage]) -> None:
    stage = always(Fault.PAID_AFTER_CLOSING)
    stage.gateway.open_checkout(stage.request())
    stage.gateway.look_at_page("a", stage.card)

    assert stage.gateway.close_checkout("a").kind is OutcomeKind.ABANDONED
    stage.agenda.play_until(stage.clock.now() + timedelta(hours=1))

    assert stage.gateway.find("a").kind is OutcomeKind.SUCCEEDED


def test_a_page_is_paid_once_while_it_is_open(stage: Stage) -> None:
    assert stage.gateway.open_checkout(stage.request()).kind is OutcomeKind.AWAITING_CUSTOMER
    assert stage.gateway.pay("a", stage.card)
    assert not stage.gateway.pay("a", stage.card)
    assert stage.taken() == 1


def test_a_page_runs_out(stage: Stage) -> None:
    stage.gateway.open_checkout(stage.request())
    stage.clock.move_on(PAGE_TERM)

    assert stage.gateway.find("a").kind is OutcomeKind.ABANDONED
    assert not stage.gateway.pay("a", stage.card)


def test_a_refused_card_leaves_the_page_open(stage: Stage) -> None:
    stolen = Card(2, 1, "Visa", stolen_at=stage.clock.now())
    stage.gateway.open_checkout(stage.request())

    assert not stage.gateway.pay("a", stolen)
    assert stage.gateway.find("a").kind is OutcomeKind.AWAITING_CUSTOMER


def test_charging_a_deleted_card_is_a_complaint(stage: Stage) -> None:
    stage.card.deleted_at = stage.clock.now()
    stage.gateway.charge(stage.request())

    assert stage.gateway.complaints == ["СЧ-1: a deleted card was charged"]


def test_a_hard_decline_is_not_to_be_repeated_unless_the_customer_asks(stage: Stage) -> None:
    stage.card.stolen_at = stage.clock.now()
    for attempt, invoice in (("a", "СЧ-1"), ("b", "СЧ-2"), ("c", "СЧ-1")):
        assert not stage.gateway.charge(stage.request(attempt, invoice)).retry

    assert stage.gateway.complaints == ["СЧ-1: a card was charged again after a hard decline"]

    stage.gateway.asked_for.add("СЧ-1")
    stage.gateway.charge(stage.request("d"))

    assert len(stage.gateway.complaints) == 1


def test_an_invoice_is_charged_four_times_at_most(stage: Stage) -> None:
    stage.card.empty = ((stage.clock.now(), stage.clock.now() + timedelta(days=30)),)
    for attempt in "abcd":
        stage.gateway.charge(stage.request(attempt))
    assert stage.gateway.complaints == []

    stage.gateway.charge(stage.request("e"))

    assert stage.gateway.complaints == ["СЧ-1: charged more often than dunning says"]


def test_one_key_for_two_charges_is_a_complaint(stage: Stage) -> None:
    stage.gateway.charge(stage.request(invoice="СЧ-1"))
    stage.gateway.charge(stage.request(invoice="СЧ-2"))

    assert stage.gateway.complaints == ["СЧ-1: one key for two different charges"]


def test_an_outage_answers_nothing_and_ends(stage: Stage) -> None:
    stage.gateway.go_away(timedelta(hours=1))

    assert stage.gateway.charge(stage.request()).kind is OutcomeKind.UNKNOWN
    assert stage.gateway.find("a").kind is OutcomeKind.UNKNOWN
    stage.clock.move_on(timedelta(hours=1))
    assert stage.gateway.find("a").kind is OutcomeKind.NOT_FOUND


def test_a_webhook_without_the_signature_is_refused(stage: Stage) -> None:
    told = {
        "id": "evt-1",
        "kind": "charge.succeeded",
        "attempt": "a",
        "subject": "payment",
        "reference": None,
    }
    body = json.dumps(told | {"reference": None}).encode()

    assert stage.gateway.read_event(body, SIGNATURE, stage.clock.now()).attempt_id == "a"
    with pytest.raises(InvalidInput):
        stage.gateway.read_event(body, "signed by somebody else", stage.clock.now())
