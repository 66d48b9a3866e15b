"""The simulated provider behind the same port as the real ones, with faults and books of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from app.billing.errors import InvalidInput
from app.billing.payment import ChargeOutcome, ChargeRequest, EventSubject, GatewayEvent, OutcomeKind
from app.simulation.cards import Card
from app.simulation.dice import Dice
from app.simulation.event_log import EventLog
from app.simulation.faults import Fault, Faults
from app.simulation.provider_books import PAGE_TERM, Charge, ChargeState, ProviderBooks
from app.simulation.timeline import Agenda, SimulatedClock

UNKNOWN = ChargeOutcome(OutcomeKind.UNKNOWN)
SIGNATURE = "signed by the provider"
MOST_CHARGES = 4
CONFIRMED_LATE = timedelta(minutes=9)


class Fate(StrEnum):
    """What becomes of one call."""

    ANSWERED = "answered"
    ANSWER_LOST = "answer_lost"
    CALL_LOST = "call_lost"
    SLOW = "slow"


class SimulatedGateway:
    """Charges simulated cards. What it must not be asked for it does, and notes as a complaint."""

    name = "simulated"
    retention = timedelta(hours=24)

    def __init__(
        self,
        clock: SimulatedClock,
        agenda: Agenda,
        dice: Dice,
        faults: Faults,
        carry: Callable[[GatewayEvent], None],
    ) -> None:
        self.books = ProviderBooks(self.retention)
        self.cards: dict[str, Card] = {}
        self.complaints: list[str] = []
        self.asked_for: set[str] = set()
        """Invoices whose payment with a saved card the customer asked for: whatever happened before."""
        self.log = EventLog(clock, carry)
        self._clock, self._agenda, self._dice, self._faults = clock, agenda, dice, faults
        self._calls: Counter[str] = Counter()
        self._away_until = clock.now()

    def open_checkout(self, request: ChargeRequest) -> ChargeOutcome:
        """Open a page."""
        fate = self._fate(request.description)
        if fate is Fate.CALL_LOST:
            return UNKNOWN
        now = self._clock.now()
        charge = self.books.remembered(request.attempt_id, now)
        charge = charge or self.books.enter(request, ChargeState.OPEN, None, now)
        return charge.outcome() if fate is Fate.ANSWERED else UNKNOWN

    def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Charge a saved card; the same key is the same charge as long as it is remembered."""
        fate = self._fate(request.description)
        if fate is Fate.CALL_LOST:
            return UNKNOWN
        charge = self.books.remembered(request.attempt_id, self._clock.now())
        if charge is None:
            charge = self._charge(request, slow=fate is Fate.SLOW)
        elif (charge.amount, charge.invoice) != (request.amount, request.description):
            self.complaints.append(f"{charge.invoice}: one key for two different charges")
        return charge.outcome() if fate is Fate.ANSWERED else UNKNOWN

    def find(self, attempt_id: str) -> ChargeOutcome:
        """How a charge stands."""
        charge = self.books.find(attempt_id)
        if self._is_away() or (charge is not None and self._is_silent(charge)):
            return UNKNOWN
        if charge is None:
            return ChargeOutcome(OutcomeKind.NOT_FOUND)
        self._run_out(charge)
        return charge.outcome()

    def close_checkout(self, attempt_id: str) -> ChargeOutcome:
        """Close a page. What the customer confirmed at this very moment may still come through later."""
        charge = self.books.find(attempt_id)
        if self._is_away() or (charge is not None and self._is_silent(charge)):
            return UNKNOWN
        if charge is None:
            return ChargeOutcome(OutcomeKind.NOT_FOUND)
        self._run_out(charge)
        if charge.state is ChargeState.OPEN:
            charge.state, charge.ended_at = ChargeState.CLOSED, self._clock.now()
            if charge.card is not None and self._faults.strikes(Fault.PAID_AFTER_CLOSING, self._roll(charge)):
                self._agenda.after(CONFIRMED_LATE, lambda: self._succeed(charge))
        return charge.outcome()

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Verify and read a webhook."""
        if signature != SIGNATURE:
            raise InvalidInput("wrong signature", code="BAD_SIGNATURE")
        event = json.loads(body)
        subject = EventSubject(event["subject"])
        return GatewayEvent(event["id"], event["kind"], event["attempt"], subject, event["reference"])

    def look_at_page(self, attempt_id: str, card: Card) -> None:
        """The customer types a card into an open page, and may yet confirm it or go away."""
        charge = self.books.find(attempt_id)
        if charge is not None and charge.state is ChargeState.OPEN:
            charge.card = card

    def pay(self, attempt_id: str, card: Card) -> bool:
        """The customer confirms on the page; False when the card is refused or the page is over."""
        charge = self.books.find(attempt_id)
        if charge is None:
            return False
        self._run_out(charge)
        if charge.state is not ChargeState.OPEN or card.refusal(self._clock.now()) is not None:
            return False
        charge.card = card
        self._succeed(charge)
        return True

    def go_away(self, duration: timedelta) -> None:
        """Answer nothing for so long."""
        self._away_until = self._clock.now() + duration

    def come_to_rest(self) -> None:
        """Answer again, and decide everything that is still being processed."""
        self._away_until = self._clock.now()
        for charge in self.books.charges:
            self._finish(charge)

    def _charge(self, request: ChargeRequest, *, slow: bool) -> Charge:
        now, card = self._clock.now(), self.cards[request.method_token or ""]
        if card.deleted_at is not None:
            self.complaints.append(f"{request.description}: a deleted card was charged")
        if self._was_refused_for_good(request.description, card):
            self.complaints.append(f"{request.description}: a card was charged again after a hard decline")
        if self._was_tried_often(request.description):
            self.complaints.append(f"{request.description}: charged more often than dunning says")
        charge = self.books.enter(request, ChargeState.PROCESSING, card, now)
        if slow:
            wait = self._roll(charge).span(timedelta(minutes=1), timedelta(hours=30))
            self._agenda.after(wait, lambda: self._finish(charge))
        else:
            charge.end(now)
            self._announce(charge)
        return charge

    def _was_refused_for_good(self, invoice: str, card: Card) -> bool:
        return invoice not in self.asked_for and any(
            each.invoice == invoice
            and each.card is card
            and each.state is ChargeState.FAILED
            and not each.retry
            for each in self.books.charges
        )

    def _was_tried_often(self, invoice: str) -> bool:
        """On the day, and on days 1, 3 and 7 from the first failure (G4)."""
        tried = sum(each.invoice == invoice and not each.by_customer for each in self.books.charges)
        return invoice not in self.asked_for and tried >= MOST_CHARGES

    def _finish(self, charge: Charge) -> None:
        if charge.state is ChargeState.PROCESSING:
            charge.end(self._clock.now())
            self._announce(charge)

    def _succeed(self, charge: Charge) -> None:
        """The money of a page is taken; its card is saved."""
        assert charge.card is not None, "a page is paid with a card"
        self.cards[charge.card.token] = charge.card
        charge.state, charge.ended_at = ChargeState.SUCCEEDED, self._clock.now()
        self._announce(charge)

    def _announce(self, charge: Charge) -> None:
        self.log.tell(f"charge.{charge.state}", charge.key)

    def _run_out(self, charge: Charge) -> None:
        """A page lives half an hour."""
        if charge.state is ChargeState.OPEN and self._clock.now() >= charge.asked_at + PAGE_TERM:
            charge.state, charge.ended_at = ChargeState.CLOSED, self._clock.now()

    def _is_away(self) -> bool:
        return self._clock.now() < self._away_until

    def _is_silent(self, charge: Charge) -> bool:
        return self._faults.strikes(Fault.PROVIDER_SILENT, self._roll(charge))

    def _roll(self, charge: Charge) -> Dice:
        return self._next_dice(charge.invoice)

    def _next_dice(self, invoice: str) -> Dice:
        self._calls[invoice] += 1
        return self._dice.of(invoice, self._calls[invoice])

    def _fate(self, invoice: str) -> Fate:
        if self._is_away():
            return Fate.CALL_LOST
        dice = self._next_dice(invoice)
        for fault, fate in (
            (Fault.CALL_LOST, Fate.CALL_LOST),
            (Fault.ANSWER_LOST, Fate.ANSWER_LOST),
            (Fault.CHARGE_SLOW, Fate.SLOW),
        ):
            if self._faults.strikes(fault, dice):
                return fate
        return Fate.ANSWERED
