"""Named places where a test freezes a process, to kill it there and see that nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

AFTER_CLAIM_BEFORE_CHARGE = "after_claim_before_charge"
"""The attempts are on disk, and nobody has been asked for money."""
AFTER_CHARGE_BEFORE_SETTLE = "after_charge_before_settle"
"""The provider has taken the money, and nothing of it stands in the database yet."""


def asked_for(environ: Mapping[str, str]) -> str | None:
    """The fault point that the environment names; never one in production."""
    return environ.get("FAULT_POINT") if environ.get("ENVIRONMENT") in {"demo", "test"} else None


ASKED_FOR = asked_for(os.environ)


def fault_point(name: str) -> None:
    """Freeze this process when a test asked for it here; otherwise it costs one comparison."""
    if name == ASKED_FOR:
        os.kill(os.getpid(), signal.SIGSTOP)
