"""What goes wrong, how often, and how often it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from app.simulation.dice import Dice


class Fault(StrEnum):
    """Everything that a story with faults suffers, beside kills."""

    ANSWER_LOST = "answer_lost"
    CALL_LOST = "call_lost"
    CHARGE_SLOW = "charge_slow"
    PROVIDER_SILENT = "provider_silent"
    PROVIDER_AWAY = "provider_away"
    PAID_AFTER_CLOSING = "paid_after_closing"
    REFUND_REFUSED = "refund_refused"
    REFUND_SLOW = "refund_slow"
    REFUND_RETURNED = "refund_returned"
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_DOUBLED = "webhook_doubled"
    REDIS_LOST = "redis_lost"
    REDIS_AWAY = "redis_away"
    JOB_DOUBLED = "job_doubled"
    MAIL_FAILED = "mail_failed"
    SECOND_SCHEDULER = "second_scheduler"
    STALLED_PROCESS = "stalled_process"
    SCHEDULER_OFF = "scheduler_off"
    CLOCK_JUMP = "clock_jump"


RATES = {
    Fault.ANSWER_LOST: 0.08,  # of calls of the provider
    Fault.CALL_LOST: 0.06,
    Fault.CHARGE_SLOW: 0.06,
    Fault.PROVIDER_SILENT: 0.1,  # of questions how a charge stands
    Fault.PROVIDER_AWAY: 0.02,  # of days
    Fault.PAID_AFTER_CLOSING: 0.5,  # of pages that are closed
    Fault.REFUND_REFUSED: 0.2,  # of refunds
    Fault.REFUND_SLOW: 0.25,
    Fault.REFUND_RETURNED: 0.1,
    Fault.WEBHOOK_LOST: 0.15,  # of webhooks
    Fault.WEBHOOK_LATE: 0.15,
    Fault.WEBHOOK_DOUBLED: 0.15,
    Fault.REDIS_LOST: 0.04,  # of rounds of the workers
    Fault.REDIS_AWAY: 0.03,
    Fault.JOB_DOUBLED: 0.03,  # of jobs
    Fault.MAIL_FAILED: 0.02,  # of mails
    Fault.SECOND_SCHEDULER: 0.1,  # of sweeps
    Fault.STALLED_PROCESS: 0.002,  # of fault points outside of transactions
    Fault.SCHEDULER_OFF: 0.02,  # of days
    Fault.CLOCK_JUMP: 0.01,
}
KILLS = 0.005
"""Of fault points: a process dies there."""


class Faults:
    """Decides what goes wrong, and counts it. Without faults nothing ever does."""

    def __init__(self, *, active: bool) -> None:
        self.suffered: Counter[Fault] = Counter()
        self._active = active

    @property
    def active(self) -> bool:
        """Whether anything may go wrong now."""
        return self._active

    def strikes(self, fault: Fault, dice: Dice) -> bool:
        """Whether this goes wrong now."""
        if not self._active or not dice.chance(RATES[fault]):
            return False
        self.suffered[fault] += 1
        return True

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Nothing goes wrong in the block."""
        active, self._active = self._active, False
        try:
            yield
        finally:
            self._active = active
