"""Whether `make`, which started us, has been told to stop or is gone.

A Ctrl-C at the terminal reaches the whole foreground group, and make passes SIGTERM on. But make that gets a
SIGINT alone only waits for its child, and one that is killed says nothing; both are noticed here.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path


class ParentWatch:
    """Remembers the parent process and how it treated SIGINT at the start."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._caught_interrupt = _catches_interrupt(self._parent)

    def wants_end(self) -> bool:
        """Whether the parent is gone, or has given up catching SIGINT, as make does once it got one."""
        if os.getppid() != self._parent:
            return True
        return self._caught_interrupt and not _catches_interrupt(self._parent)


def _catches_interrupt(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:  # no such folder on this system, or the process is gone
        return False
    caught = next((line for line in status.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
    return bool(int(caught.split()[1], 16) & 1 << (signal.SIGINT - 1))
