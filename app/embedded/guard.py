"""The owner's side of the guard (guard_process.py): nothing started survives its owner, SIGKILL included."""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path


class Guard:
    """Tells one guard process what to end when this process is gone. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is not for the guard
        )

    @property
    def pid(self) -> int:
        """The guard's own process."""
        return self._process.pid

    def watch(self, process_group: int, end_signal: signal.Signals, grace_seconds: float) -> None:
        """End this process group when the owner is gone: the signal first, SIGKILL after the grace."""
        self._tell({"watch": process_group, "signal": int(end_signal), "grace": grace_seconds})

    def forget(self, process_group: int) -> None:
        """The process group has ended."""
        self._tell({"forget": process_group})

    def remove(self, path: Path) -> None:
        """When the owner is gone, delete this file, or this directory after everything watched has ended."""
        self._tell({"remove": str(path)})

    def close(self) -> None:
        """Let the guard do its work now and wait until it is done."""
        with self._lock:
            self._process.communicate()

    def _tell(self, message: dict[str, int | float | str]) -> None:
        stream = self._process.stdin
        if stream is None or stream.closed:
            return
        # Without a guard everything still works, except the cleaning up after a SIGKILL.
        with self._lock, suppress(BrokenPipeError):
            stream.write(json.dumps(message).encode() + b"\n")
            stream.flush()


@cache
def shared_guard() -> Guard:
    """The one guard of this process, started when first needed; at a normal exit it does its work too."""
    guard = Guard()
    atexit.register(guard.close)
    return guard
