"""The public API as a real process: `run.py api` on granian, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from config import Settings

PROJECT = Path(__file__).parent.parent
SECONDS_TO_START = 30.0


def environment(database_url: str, redis_url: str, directory: Path, port: int) -> dict[str, str]:
    """The variables of such a process; nothing of the surrounding settings gets in."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return kept | {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BASE_URL": "http://127.0.0.1",
        "TRUSTED_HOSTS": "127.0.0.1,localhost",
        "PORT": str(port),
        "SECRET_KEY": "portal-cookie-of-the-tests",
        "STAFF_SECRET_KEY": "staff-cookie-of-the-tests",
        "API_KEY_PEPPER": "pepper-of-the-tests",
        "INSTANCE_DIRECTORY": str(directory),
    }


@contextmanager
def running_api(database_url: str, redis_url: str, directory: Path) -> Iterator[int]:
    """Runs while the block lasts; answers the port. Its log is in `directory`."""
    port = free_port()
    log = directory / "api.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "run.py", "api"],
            cwd=PROJECT,
            env=environment(database_url, redis_url, directory, port),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_answer(process, port, log)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when the server answers; fail with its log when it ends or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"the API does not answer:\n{log.read_text(errors='replace')}")
