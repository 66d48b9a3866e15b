"""One supervised process: its command, its process group, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.embedded.guard import shared_guard

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class ChildSpec:
    """What to run, and in which environment; without a log the process writes where we do."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    grace_seconds: float = 15.0
    log: Path | None = None


@dataclass
class Child:
    """A process in a group of its own, so that everything it forks ends with it."""

    spec: ChildSpec
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = field(default=None)

    def start(self) -> None:
        """Start the process; a log is appended to."""
        with ExitStack() as files:
            output = files.enter_context(self.spec.log.open("ab")) if self.spec.log else None
            self.process = subprocess.Popen(
                list(self.spec.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env=dict(self.spec.environment),
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.restart_at = None
        shared_guard().watch(self.process.pid, signal.SIGTERM, self.spec.grace_seconds)

    def has_died(self) -> bool:
        """Whether the process was started and has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """0 for a good end, negative for a signal, None while it runs."""
        return self.process.poll() if self.process else None

    def ask_to_end(self) -> None:
        """Send SIGTERM to the group."""
        self._signal(signal.SIGTERM)

    def finish(self, deadline: float) -> None:
        """Wait until the group is gone, at most until `deadline` (monotonic seconds), then kill the rest."""
        if self.process is None:
            return
        while self._group_is_alive() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self._signal(signal.SIGKILL)
        self.process.wait()
        shared_guard().forget(self.process.pid)
        self.process = None

    def describe_end(self) -> str:
        """How the process ended, in words."""
        code = self.process.returncode if self.process else None
        if code is not None and code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def _group_is_alive(self) -> bool:
        if self.process is None:
            return False
        self.process.poll()  # collects it, so that it does not count as alive
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
