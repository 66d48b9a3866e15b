"""One server program: started, awaited, ended; what a killed run left is ended first."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from app.embedded.data_directory import DataDirectory
from app.embedded.errors import StartFailed
from app.embedded.guard import shared_guard

START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02


class ServerProcess:
    """Runs one server in a session of its own, so that a Ctrl-C at the terminal reaches its owner only."""

    def __init__(self, directory: DataDirectory, end_signal: signal.Signals) -> None:
        self._directory = directory
        self._end_signal = end_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(
        self,
        command: Sequence[str],
        is_ready: Callable[[], bool],
        environment: Mapping[str, str],
        before_exec: Callable[[], None] | None = None,
    ) -> None:
        """Start the server and return when it answers; raises StartFailed with the end of its log."""
        with self._directory.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=before_exec,
            )
        shared_guard().watch(self._process.pid, self._end_signal, STOP_SECONDS)
        self._wait_until(is_ready)

    def stop(self) -> None:
        """End the server, by force after a grace time. Returns when it is gone."""
        if self._process is None:
            return
        self._process.send_signal(self._end_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shared_guard().forget(self._process.pid)
        self._process = None

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.pid is None or time.monotonic() > deadline:
                self.stop()
                raise StartFailed(f"A private server did not start:\n{self._directory.last_log_lines()}")
            time.sleep(POLL_SECONDS)


def end_leftover(pid_file: Path, program: str, data: Path, end_signal: signal.Signals) -> None:
    """End the server a killed owner left behind; a pid file that names another program is deleted."""
    process = _process_of(pid_file)
    if process is None:
        return
    if not _serves(process, program, data):
        pid_file.unlink(missing_ok=True)  # the system gave the number to somebody else
        return
    process.send_signal(end_signal)
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def _process_of(pid_file: Path) -> psutil.Process | None:
    try:
        pid = int(pid_file.read_text().split()[0])
        return psutil.Process(pid)
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def _serves(process: psutil.Process, program: str, data: Path) -> bool:
    try:
        return process.name() == program and Path(process.cwd()) == data
    except psutil.Error:
        return False
