"""Named places where a test freezes a process, or where the simulation kills one (`bpm simulate`).

A kill at any of them must lose nothing and double nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

BEFORE_COMMIT = "before_commit"
"""A use case has done everything, and nothing of it is on disk: its locks are held."""
AFTER_COMMIT = "after_commit"
"""A use case is on disk, and nobody was told yet."""
AFTER_CLAIM_BEFORE_CHARGE = "after_claim_before_charge"
"""The attempts are on disk, and nobody has been asked for money."""
AFTER_CHARGE_BEFORE_SETTLE = "after_charge_before_settle"
"""The provider has taken the money, and nothing of it stands in the database yet."""
AFTER_CLAIM_BEFORE_REFUND = "after_claim_before_refund"
"""A refund counts as being sent, and the provider has not been asked."""
AFTER_REFUND_BEFORE_SETTLE = "after_refund_before_settle"
"""The provider has sent a refund, and nothing of it stands in the database yet."""
AFTER_FIND_BEFORE_SETTLE = "after_find_before_settle"
"""The provider has said how an attempt ended, and it is not written down yet."""
BETWEEN_SWEEP_STEPS = "between_sweep_steps"
"""A step of the sweep is over, and the next has not begun."""
AFTER_RELAY_BEFORE_ENQUEUE = "after_relay_before_enqueue"
"""Messages count as handed over, and no worker has heard of them."""
AFTER_WORK_BEFORE_DONE = "after_work_before_done"
"""Promised work is done, and the outbox does not know yet."""
AFTER_LOOK_BEFORE_PROCESSED = "after_look_before_processed"
"""What a webhook spoke of is settled, and the inbox does not know yet."""

INSIDE_TRANSACTIONS = frozenset({BEFORE_COMMIT})
"""Points at which locks are held: the same thread must not begin other work there."""

Handler = Callable[[str], None]


def asked_for(environ: Mapping[str, str]) -> str | None:
    """The fault point that the environment names; never one in production."""
    return environ.get("FAULT_POINT") if environ.get("ENVIRONMENT") in {"demo", "test"} else None


ASKED_FOR = asked_for(os.environ)
_handlers: list[Handler] = []


@contextmanager
def installed(handler: Handler) -> Iterator[None]:
    """Call the handler at every fault point of this process while the block runs; it may raise."""
    _handlers.append(handler)
    try:
        yield
    finally:
        _handlers.remove(handler)


def fault_point(name: str) -> None:
    """Freeze this process, or do what the installed handler does; otherwise it costs two comparisons."""
    if _handlers:
        _handlers[-1](name)
    elif name == ASKED_FOR:
        os.kill(os.getpid(), signal.SIGSTOP)
