"""One whole instance on this machine: both servers, the preparation of the data, the product's processes."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.child import Child, ChildSpec
from app.embedded.environment_file import write_private_file
from app.embedded.errors import StartFailed
from app.embedded.guard import shared_guard
from app.embedded.instance import EmbeddedServers
from app.embedded.supervisor import Supervisor

ROLES = ("web", "worker", "scheduler")
READY_SECONDS = 120.0
ASK_EVERY_SECONDS = 0.1
LOG_LINES = 20


@dataclass(frozen=True)
class InstancePlan:
    """What to run. `program` is started with the name of a role as its last argument, in `environment`.

    The role `prepare` makes the schema and the data, and writes to `prepared_file` what a visitor needs to
    know. `ready_url` answers 200 when visitors can be let in; from then on `announcement_file` is there.
    """

    directory: Path
    program: tuple[str, ...]
    environment: Mapping[str, str]
    base_url: str
    ready_url: str

    @property
    def prepared_file(self) -> Path:
        """JSON, written by the role `prepare`."""
        return self.directory / "demo.prepared.json"

    @property
    def announcement_file(self) -> Path:
        """JSON, there while the instance is ready."""
        return self.directory / "demo.json"

    @property
    def log_directory(self) -> Path:
        """One file for each role."""
        return self.directory / "log"

    def spec(self, role: str) -> ChildSpec:
        """How to start the process of a role."""
        log = self.log_directory / f"{role}.log"
        return ChildSpec(role, (*self.program, role), self.environment, log=log)


class LocalInstance:
    """Starts everything, announces it when it is ready, and stops everything that it started."""

    def __init__(
        self,
        plan: InstancePlan,
        servers: EmbeddedServers,
        stop: threading.Event,
        report: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._servers = servers
        self._stop = stop
        self._report = report
        self._supervisor = Supervisor([plan.spec(role) for role in ROLES], report)

    def run(self, on_ready: Callable[[Mapping[str, object]], None]) -> bool:
        """Run until `stop` is set; `on_ready` gets the announcement. False when a process kept dying.

        Raises EmbeddedError when something can't be started. Whatever happens, nothing is left running.
        """
        try:
            with self._step("Starting PostgreSQL and Redis"):
                self._servers.start()
            self._forget_last_run()
            with self._step("Preparing the database and the demo data"):
                self._prepare()
            with self._step("Starting web, worker and scheduler"):
                healthy = self._start_roles()
            if healthy and not self._stop.is_set():
                on_ready(self._announce())
                healthy = self._supervisor.run(self._stop)
            return healthy
        finally:
            self._end()

    def _end(self) -> None:
        self._plan.announcement_file.unlink(missing_ok=True)
        self._supervisor.stop()
        self._servers.stop()

    def _forget_last_run(self) -> None:
        self._plan.log_directory.mkdir(parents=True, exist_ok=True)
        stale = [
            *self._plan.log_directory.glob("*.log"),
            self._plan.announcement_file,
            self._plan.prepared_file,
        ]
        for file in stale:
            file.unlink(missing_ok=True)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        if self._stop.is_set():
            yield
            return
        self._report(f"{title} …")
        started = time.monotonic()
        yield
        self._report(f"  {time.monotonic() - started:.1f} s")

    def _prepare(self) -> None:
        child = Child(self._plan.spec("prepare"))
        if self._stop.is_set():
            return
        child.start()
        try:
            while not child.has_died() and not self._stop.is_set():
                self._stop.wait(ASK_EVERY_SECONDS)
            if child.has_died() and child.exit_code != 0:
                raise StartFailed(f"The preparation {child.describe_end()}:\n{self._log_tail('prepare')}")
        finally:
            child.ask_to_end()
            child.finish(time.monotonic() + child.spec.grace_seconds)

    def _start_roles(self) -> bool:
        if self._stop.is_set():
            return True
        self._supervisor.start()
        deadline = time.monotonic() + READY_SECONDS
        healthy = self._supervisor.run(
            self._stop, until=lambda: self._is_ready() or time.monotonic() > deadline
        )
        if healthy and not self._stop.is_set() and not self._is_ready():
            raise StartFailed(f"{self._plan.ready_url} does not answer 200:\n{self._log_tail('web')}")
        if not healthy:
            self._report(f"See the logs in {self._plan.log_directory}")
        return healthy

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self._plan.ready_url, timeout=2) as answer:  # noqa: S310  # our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _announce(self) -> Mapping[str, object]:
        prepared = json.loads(self._plan.prepared_file.read_text(encoding="utf-8"))
        announcement: dict[str, object] = {"base_url": self._plan.base_url} | prepared
        shared_guard().remove(self._plan.announcement_file)
        write_private_file(
            self._plan.announcement_file, json.dumps(announcement, ensure_ascii=False, indent=2)
        )
        return announcement

    def _log_tail(self, role: str) -> str:
        log = self._plan.spec(role).log
        if log is None or not log.exists():
            return "(no log)"
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
