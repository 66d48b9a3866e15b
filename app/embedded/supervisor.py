"""Keeps a few processes running: restarts one that died, stops all of them in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.embedded.child import Child, ChildSpec

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class RestartPolicy:
    """How often a process that dies is started again. All times in seconds."""

    first_delay: float = 1.0
    longest_delay: float = 30.0
    healthy_after: float = 60.0
    most_failures: int = 5

    def delay(self, failures: int) -> float:
        """The wait before the next start, doubled with every failure in a row."""
        return float(min(self.longest_delay, self.first_delay * 2 ** (failures - 1)))


class Supervisor:
    """Runs the processes of `specs`. One that dies is reported and started again after a growing wait;
    one that dies too often in a row ends the whole run."""

    def __init__(
        self, specs: Sequence[ChildSpec], report: Callable[[str], None], policy: RestartPolicy | None = None
    ) -> None:
        self._children = [Child(spec) for spec in specs]
        self._report = report
        self._policy = policy or RestartPolicy()

    def start(self) -> None:
        """Start all, in order."""
        for child in self._children:
            child.start()

    def pids(self) -> dict[str, int]:
        """The process of each name that runs now."""
        return {c.spec.name: c.process.pid for c in self._children if c.process and not c.has_died()}

    def run(self, stop: threading.Event, until: Callable[[], bool] | None = None) -> bool:
        """Watch over the processes until `stop` is set or `until` holds; False when one died too often."""
        while not stop.is_set() and not (until and until()):
            for child in self._children:
                if not self._look_after(child):
                    return False
            stop.wait(POLL_SECONDS)
        return True

    def stop(self) -> None:
        """End all in the reverse order of start, each with its grace time, then by force."""
        for child in reversed(self._children):
            child.ask_to_end()
            child.finish(time.monotonic() + child.spec.grace_seconds)

    def _look_after(self, child: Child) -> bool:
        if child.has_died():
            return self._plan_restart(child)
        if child.restart_at is not None and time.monotonic() >= child.restart_at:
            child.start()
        return True

    def _plan_restart(self, child: Child) -> bool:
        lived = time.monotonic() - child.started_at
        child.failures = 1 if lived >= self._policy.healthy_after else child.failures + 1
        end = child.describe_end()
        child.ask_to_end()  # what it forked must not work beside its successor
        child.finish(time.monotonic() + child.spec.grace_seconds)
        if child.failures >= self._policy.most_failures:
            self._report(f"{child.spec.name} {end}, {child.failures} times in a row; giving up.")
            return False
        delay = self._policy.delay(child.failures)
        child.restart_at = time.monotonic() + delay
        self._report(f"{child.spec.name} {end}; starting it again in {delay:g} s.")
        return True
