"""Money that leaves the simulated provider again: refunds that we ordered, what banks take back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.billing.money import Money, total
from app.billing.payment import EventSubject
from app.billing.provider import (
    DisputeReport,
    DisputeState,
    RefundOrder,
    RefundOutcome,
    RefundOutcomeKind,
    RefundReport,
)
from app.simulation.dice import Dice
from app.simulation.event_log import EventLog
from app.simulation.faults import Fault, Faults
from app.simulation.provider_books import Charge
from app.simulation.timeline import Agenda, SimulatedClock

DISPUTED = 0.06
"""Of charges: their bank takes the money back, or tries to."""
REVERSED = 0.15
"""Of disputes that were decided: the bank thinks better of it."""
OPENS_AFTER = (timedelta(hours=3), timedelta(days=50))
DECIDED_AFTER = (timedelta(days=2), timedelta(days=35))
PENDING_FOR = (timedelta(hours=2), timedelta(days=9))
RETURNED_AFTER = (timedelta(hours=3), timedelta(days=12))


class RefundState(StrEnum):
    """How a refund stands at the provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(slots=True)
class SentBack:
    """A refund in the provider's books."""

    reference: str
    key: str
    charge: Charge
    amount: Money
    asked_at: datetime
    state: RefundState
    failure_code: str | None = None

    def outcome(self) -> RefundOutcome:
        """What the provider says about it."""
        kind = RefundOutcomeKind(self.state.value)
        return RefundOutcome(kind, self.reference, self.amount, self.failure_code)


@dataclass(slots=True)
class TakenBack:
    """A dispute in the provider's books."""

    reference: str
    charge: Charge
    state: DisputeState
    evidence_due_at: datetime

    def report(self) -> DisputeReport:
        """What the provider says about it."""
        return DisputeReport(
            self.reference,
            self.charge.reference,
            self.charge.amount,
            self.state,
            "fraudulent",
            self.evidence_due_at,
        )


class MoneyBack:
    """Sends back what it is asked to, once for each key that it remembers, and decides disputes by chance."""

    def __init__(
        self, clock: SimulatedClock, agenda: Agenda, faults: Faults, log: EventLog, retention: timedelta
    ) -> None:
        self.refunds: list[SentBack] = []
        self.disputes: list[TakenBack] = []
        self.complaints: list[str] = []
        self._clock, self._agenda, self._faults, self._log = clock, agenda, faults, log
        self._retention = retention
        self._by_key: dict[str, list[SentBack]] = defaultdict(list)

    def order(self, order: RefundOrder, charge: Charge, dice: Dice) -> SentBack:
        """Send money back; the same key is the same refund as long as it is remembered, then another one."""
        known = self.of_key(order.refund_id)
        if known is not None and self._clock.now() - known.asked_at < self._retention:
            if known.amount != order.amount or known.charge is not charge:
                self.complaints.append(f"{charge.invoice}: one key for two different refunds")
            return known
        return self._enter(order, charge, dice)

    def of_key(self, key: str) -> SentBack | None:
        """The last refund under this key, however old."""
        held = self._by_key.get(key)
        return held[-1] if held else None

    def report(self, reference: str) -> RefundReport:
        """The refund that is called so."""
        refund = next(each for each in self.refunds if each.reference == reference)
        return RefundReport(reference, refund.outcome(), refund.charge.reference, refund.key)

    def dispute(self, reference: str) -> DisputeReport:
        """The dispute that is called so."""
        return next(each for each in self.disputes if each.reference == reference).report()

    def was_taken(self, charge: Charge, dice: Dice) -> None:
        """Let the bank of some customers take the money of a charge back, some day."""
        if dice.chance(DISPUTED):
            self._agenda.after(dice.span(*OPENS_AFTER), lambda: self._open(charge, dice))

    def come_to_rest(self) -> None:
        """Decide every refund that is on its way; disputes go on."""
        for refund in self.refunds:
            self._arrive(refund)

    def _enter(self, order: RefundOrder, charge: Charge, dice: Dice) -> SentBack:
        reference = f"re-{len(self.refunds) + 1}"
        refund = SentBack(
            reference, order.refund_id, charge, order.amount, self._clock.now(), RefundState.PENDING
        )
        refusal = self._refusal(refund, dice)
        self.refunds.append(refund)
        self._by_key[refund.key].append(refund)
        if refusal is not None:
            refund.state, refund.failure_code = RefundState.FAILED, refusal
        elif self._faults.strikes(Fault.REFUND_SLOW, dice):
            self._agenda.after(dice.span(*PENDING_FOR), lambda: self._arrive(refund))
        else:
            self._arrive(refund)
        if refusal is None and self._faults.strikes(Fault.REFUND_RETURNED, dice):
            self._agenda.after(dice.span(*RETURNED_AFTER), lambda: self._come_back(refund))
        return refund

    def _refusal(self, refund: SentBack, dice: Dice) -> str | None:
        held = [each.amount for each in self.refunds if each.charge is refund.charge and _is_gone(each)]
        if any(each.charge is refund.charge and each.state is not DisputeState.WON for each in self.disputes):
            return "charge_disputed"
        if refund.charge.amount < total(held, refund.amount.currency) + refund.amount:
            self.complaints.append(f"{refund.charge.invoice}: more is to go back than was taken")
            return "amount_too_large"
        return "card_closed" if self._faults.strikes(Fault.REFUND_REFUSED, dice) else None

    def _arrive(self, refund: SentBack) -> None:
        if refund.state is RefundState.PENDING:
            refund.state = RefundState.SUCCEEDED
            self._tell_of_refund(refund)

    def _come_back(self, refund: SentBack) -> None:
        if refund.state is not RefundState.FAILED:
            refund.state, refund.failure_code = RefundState.FAILED, "account_closed"
            self._tell_of_refund(refund)

    def _tell_of_refund(self, refund: SentBack) -> None:
        self._log.tell(f"refund.{refund.state}", refund.charge.key, EventSubject.REFUND, refund.reference)

    def _open(self, charge: Charge, dice: Dice) -> None:
        """A bank takes back what has not gone back already."""
        if any(each.charge is charge and _is_gone(each) for each in self.refunds):
            return
        due = self._clock.now() + DECIDED_AFTER[0]
        dispute = TakenBack(f"dp-{len(self.disputes) + 1}", charge, DisputeState.OPEN, due)
        self.disputes.append(dispute)
        self._tell_of_dispute(dispute)
        state = DisputeState.LOST if dice.chance(0.6) else DisputeState.WON
        self._agenda.after(dice.span(*DECIDED_AFTER), lambda: self._decide(dispute, state, dice))

    def _decide(self, dispute: TakenBack, state: DisputeState, dice: Dice) -> None:
        dispute.state = state
        self._tell_of_dispute(dispute)
        if state is DisputeState.LOST and dice.chance(REVERSED):
            later = dice.span(*DECIDED_AFTER)
            self._agenda.after(later, lambda: self._decide(dispute, DisputeState.WON, dice))

    def _tell_of_dispute(self, dispute: TakenBack) -> None:
        charge = dispute.charge
        self._log.tell(f"dispute.{dispute.state}", charge.key, EventSubject.DISPUTE, dispute.reference)


def _is_gone(refund: SentBack) -> bool:
    return refund.state is not RefundState.FAILED
