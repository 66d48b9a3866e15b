"""The simulated provider as a whole: charges, refunds, disputes, and a list of what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from app.billing.payment import GatewayEvent
from app.billing.provider import (
    DisputeReport,
    MethodReport,
    RefundOrder,
    RefundOutcome,
    RefundOutcomeKind,
    RefundReport,
    SetupOutcome,
    SetupOutcomeKind,
    SetupRequest,
)
from app.simulation.dice import Dice
from app.simulation.faults import Fault, Faults
from app.simulation.gateway import Fate, SimulatedGateway
from app.simulation.money_back import MoneyBack
from app.simulation.provider_books import Charge
from app.simulation.timeline import Agenda, SimulatedClock

UNKNOWN = RefundOutcome(RefundOutcomeKind.UNKNOWN)


class SimulatedProvider(SimulatedGateway):
    """A gateway that sends money back as well. Methods are added by payments only in a story."""

    def __init__(
        self,
        clock: SimulatedClock,
        agenda: Agenda,
        dice: Dice,
        faults: Faults,
        carry: Callable[[GatewayEvent], None],
    ) -> None:
        super().__init__(clock, agenda, dice, faults, carry)
        self.money_back = MoneyBack(clock, agenda, faults, self.log, self.retention)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Send money back, as well as the line lets it."""
        charge = self.books.of_reference(order.payment_reference)
        fate = self._fate(charge.invoice)
        if fate is Fate.CALL_LOST:
            return UNKNOWN
        outcome = self.money_back.order(order, charge, self._roll(charge)).outcome()
        return UNKNOWN if fate is Fate.ANSWER_LOST else outcome

    def find_refund(self, order: RefundOrder) -> RefundOutcome:
        """How a refund stands."""
        charge = self.books.of_reference(order.payment_reference)
        if self._is_away() or self._is_silent(charge):
            return UNKNOWN
        refund = self.money_back.of_key(order.refund_id)
        return RefundOutcome(RefundOutcomeKind.NOT_FOUND) if refund is None else refund.outcome()

    def report_refund(self, reference: str) -> RefundReport | None:
        """The refund that is called so."""
        return None if self._is_away() else self.money_back.report(reference)

    def find_dispute(self, reference: str) -> DisputeReport | None:
        """How a dispute stands."""
        return None if self._is_away() else self.money_back.dispute(reference)

    def events_since(self, instant: datetime) -> Sequence[GatewayEvent] | None:
        """Every event from the instant on; sometimes nobody answers."""
        silent = self._is_away() or self._faults.strikes(Fault.PROVIDER_SILENT, self._next_dice("events"))
        return None if silent else self.log.since(instant)

    def open_setup(self, request: SetupRequest) -> SetupOutcome:
        """Nobody in a story adds a method without paying."""
        return SetupOutcome(SetupOutcomeKind.UNKNOWN)

    def find_setup(self, setup_id: str) -> SetupOutcome:
        """Nobody in a story adds a method without paying."""
        return SetupOutcome(SetupOutcomeKind.NOT_FOUND)

    def find_method(self, reference: str) -> MethodReport | None:
        """No event in a story speaks of a method."""
        return None

    def forget_method(self, token: str) -> bool:
        """Deleted cards are kept, so that a charge of one would be seen."""
        return token in self.cards

    def come_to_rest(self) -> None:
        """Answer again, and decide everything that is on its way."""
        super().come_to_rest()
        self.money_back.come_to_rest()

    def _announce(self, charge: Charge) -> None:
        super()._announce(charge)
        if charge.has_succeeded:
            self.money_back.was_taken(charge, self._dice.of("disputes", charge.reference))
