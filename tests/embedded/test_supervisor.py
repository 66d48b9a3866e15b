"""Supervision, with tiny processes."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.child import ChildSpec
from app.embedded.supervisor import RestartPolicy, Supervisor
from tests.embedded.processes import close, is_gone, read_line, start_script, wait_until

FAST = RestartPolicy(first_delay=0.05, longest_delay=0.1, healthy_after=60, most_failures=3)

SLEEP = "import time; time.sleep(600)"
CRASH = "import sys; sys.exit(3)"
NOTE_AND_SLEEP = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).open("a").write(f"{os.getpid()}\\n")
time.sleep(600)
"""
STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()}\\n")
time.sleep(600)
"""
FORKING = """
import os, pathlib, sys, time
forked = os.fork()
if forked:
    pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()}\\n{forked}\\n")
time.sleep(600)
"""
NOTE_END = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1]).open("a").write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + sys.argv[2]).touch()
time.sleep(600)
"""
OWNER = """
import os, sys, threading
from app.embedded.child import ChildSpec
from app.embedded.supervisor import Supervisor
command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
supervisor = Supervisor([ChildSpec("child", command, os.environ, grace_seconds=0.5)], print)
supervisor.start()
print("started", flush=True)
supervisor.run(threading.Event())
"""


def spec(source: str, *arguments: object, name: str = "child", grace: float = 5.0) -> ChildSpec:
    command = [sys.executable, "-c", source, *map(str, arguments)]
    return ChildSpec(name, command, os.environ, grace_seconds=grace)


def pids_in(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def make(reports: list[str]) -> Iterator[list[Supervisor]]:
    made: list[Supervisor] = []
    yield made
    for supervisor in made:
        supervisor.stop()


def test_a_died_process_is_reported_and_started_again(
    tmp_path: Path, stop: threading.Event, reports: list[str], make: list[Supervisor]
) -> None:
    notes = tmp_path / "pids"
    supervisor = Supervisor([spec(NOTE_AND_SLEEP, notes)], reports.append, FAST)
    make.append(supervisor)
    supervisor.start()
    wait_until(lambda: len(pids_in(notes)) == 1)

    os.kill(pids_in(notes)[0], signal.SIGKILL)

    assert supervisor.run(stop, until=lambda: len(pids_in(notes)) == 2)
    assert reports == ["child was killed by SIGKILL; starting it again in 0.05 s."]
    assert supervisor.pids() == {"child": pids_in(notes)[1]}


def test_a_process_that_keeps_dying_ends_the_run(
    stop: threading.Event, reports: list[str], make: list[Supervisor]
) -> None:
    supervisor = Supervisor([spec(SLEEP, name="good"), spec(CRASH, name="bad")], reports.append, FAST)
    make.append(supervisor)
    supervisor.start()

    assert not supervisor.run(stop)

    assert reports[-1] == "bad ended with exit code 3, 3 times in a row; giving up."
    assert list(supervisor.pids()) == ["good"]


def test_waits_grow_up_to_the_longest() -> None:
    policy = RestartPolicy(first_delay=1, longest_delay=5)

    assert [policy.delay(failures) for failures in (1, 2, 3, 4, 9)] == [1, 2, 4, 5, 5]


def test_failures_are_forgotten_after_a_healthy_time(
    stop: threading.Event, reports: list[str], make: list[Supervisor]
) -> None:
    always_healthy = RestartPolicy(first_delay=0.01, healthy_after=0, most_failures=2)
    supervisor = Supervisor([spec(CRASH)], reports.append, always_healthy)
    make.append(supervisor)
    supervisor.start()

    assert supervisor.run(stop, until=lambda: len(reports) == 4)


def test_stop_ends_all_in_reverse_order(tmp_path: Path, reports: list[str]) -> None:
    notes = tmp_path / "ends"
    supervisor = Supervisor(
        [spec(NOTE_END, notes, name) for name in ("first", "second", "third")], reports.append, FAST
    )
    supervisor.start()
    wait_until(lambda: len(list(tmp_path.iterdir())) == 3)

    supervisor.stop()

    assert notes.read_text().split() == ["third", "second", "first"]
    assert supervisor.pids() == {}
    assert reports == []


def test_a_stubborn_process_is_killed_after_its_grace(tmp_path: Path, reports: list[str]) -> None:
    notes = tmp_path / "pids"
    supervisor = Supervisor([spec(STUBBORN, notes, grace=0.3)], reports.append, FAST)
    supervisor.start()
    wait_until(lambda: len(pids_in(notes)) == 1)

    supervisor.stop()

    assert is_gone(pids_in(notes)[0])


def test_what_a_process_forked_ends_with_it(tmp_path: Path, reports: list[str]) -> None:
    notes = tmp_path / "pids"
    supervisor = Supervisor([spec(FORKING, notes)], reports.append, FAST)
    supervisor.start()
    wait_until(lambda: len(pids_in(notes)) == 2)

    supervisor.stop()

    assert all(is_gone(pid) for pid in pids_in(notes))


@pytest.mark.parametrize("source", [FORKING, STUBBORN])
def test_processes_end_with_a_killed_owner(tmp_path: Path, source: str) -> None:
    notes = tmp_path / "pids"
    owner = start_script(OWNER, source, notes)
    assert read_line(owner) == "started"
    wait_until(lambda: notes.exists() and notes.read_text().endswith("\n"))

    owner.kill()
    close(owner)

    wait_until(lambda: all(is_gone(pid) for pid in pids_in(notes)))
