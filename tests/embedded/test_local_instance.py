"""A whole instance, with a stand-in for the product."""

import json
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from app.embedded.errors import StartFailed
from app.embedded.instance import EmbeddedServers
from app.embedded.local_instance import InstancePlan, LocalInstance
from tests.embedded.processes import close, start_script, wait_until, working_in

pytestmark = pytest.mark.slow

PRODUCT = """
import json, os, pathlib, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
directory, port, role = pathlib.Path(os.environ["INSTANCE"]), int(os.environ["PORT"]), sys.argv[1]
os.chdir(directory)
if role == os.environ.get("FAILING"):
    sys.exit(f"{role} fails on purpose")
if role == "prepare":
    (directory / "demo.prepared.json").write_text(json.dumps({"api_key": "key"}))
    sys.exit(0)
class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
if role == "web":
    HTTPServer(("127.0.0.1", port), Ready).serve_forever()
time.sleep(600)
"""
OWNER = """
import sys, threading
from pathlib import Path
sys.path.insert(0, "")
from tests.embedded.test_local_instance import make_instance
instance, _ = make_instance(Path(sys.argv[1]), int(sys.argv[2]), threading.Event())
instance.run(lambda announcement: print(announcement["base_url"], flush=True))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_instance(
    directory: Path, port: int, stop: threading.Event, **environment: str
) -> tuple[LocalInstance, list[str]]:
    program = directory / "product.py"
    program.write_text(PRODUCT)
    plan = InstancePlan(
        directory=directory,
        program=(sys.executable, str(program)),
        environment=os.environ | {"INSTANCE": str(directory), "PORT": str(port)} | environment,
        base_url=f"http://127.0.0.1:{port}",
        ready_url=f"http://127.0.0.1:{port}/readyz",
    )
    reports: list[str] = []
    return LocalInstance(plan, EmbeddedServers(directory, durable=False), stop, reports.append), reports


@pytest.mark.parametrize("runs", [1, 2])
def test_an_instance_is_announced_when_ready_and_leaves_nothing(tmp_path: Path, runs: int) -> None:
    for _ in range(runs):
        port = free_port()
        announced, reports = run_until_ready(tmp_path, port)

    assert announced == {"base_url": f"http://127.0.0.1:{port}", "api_key": "key"}
    assert not (tmp_path / "demo.json").exists()
    assert [line for line in reports if line.endswith("…")] == [
        "Starting PostgreSQL and Redis …",
        "Preparing the database and the demo data …",
        "Starting web, worker and scheduler …",
    ]
    wait_until(lambda: not working_in(tmp_path))


def run_until_ready(directory: Path, port: int) -> tuple[object, list[str]]:
    """Answers the announcement, having seen that the file says the same while everything runs."""
    stop = threading.Event()
    instance, reports = make_instance(directory, port, stop)
    announced: list[object] = []

    def on_ready(announcement: object) -> None:
        assert announcement == json.loads((directory / "demo.json").read_text())
        assert len(working_in(directory)) >= 5
        announced.append(announcement)
        stop.set()

    assert instance.run(on_ready)
    return announced[0], reports


def test_a_failed_preparation_shows_its_log_and_leaves_nothing(tmp_path: Path) -> None:
    instance, _ = make_instance(tmp_path, free_port(), threading.Event(), FAILING="prepare")

    with pytest.raises(StartFailed, match="ended with exit code 1:\nprepare fails on purpose"):
        instance.run(lambda _: None)

    wait_until(lambda: not working_in(tmp_path))


def test_a_role_that_keeps_dying_ends_the_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.embedded.supervisor.RestartPolicy.delay", lambda *_: 0.01)
    instance, reports = make_instance(tmp_path, free_port(), threading.Event(), FAILING="worker")

    assert not instance.run(lambda _: None)

    assert any(line.startswith("worker ended with exit code 1, 5 times in a row") for line in reports)
    assert not (tmp_path / "demo.json").exists()
    wait_until(lambda: not working_in(tmp_path))


def test_a_stop_during_the_start_is_obeyed(tmp_path: Path) -> None:
    stop = threading.Event()
    instance, reports = make_instance(tmp_path, free_port(), stop)
    stop.set()

    assert instance.run(lambda _: pytest.fail("it must not get ready"))

    assert reports == []
    wait_until(lambda: not working_in(tmp_path))


def test_nothing_survives_a_killed_instance(tmp_path: Path) -> None:
    owner = start_script(OWNER, tmp_path, str(free_port()))
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("http://")
    assert len(working_in(tmp_path)) >= 5

    owner.kill()
    close(owner)

    wait_until(lambda: not (tmp_path / "demo.json").exists())
    wait_until(lambda: not working_in(tmp_path), seconds=30)
