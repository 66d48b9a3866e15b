"""Fault points: for tests only."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.services.fault_points import ASKED_FOR, asked_for, fault_point

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, None),
        ({"FAULT_POINT": "here"}, None),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "production"}, None),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "Test"}, None),
        ({"ENVIRONMENT": "test"}, None),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "test"}, "here"),
        ({"FAULT_POINT": "here", "ENVIRONMENT": "demo"}, "here"),
    ],
)
def test_only_demo_and_test_have_them(environ: dict[str, str], name: str | None) -> None:
    assert asked_for(environ) == name


def test_nothing_happens_unless_asked_for() -> None:
    assert ASKED_FOR is None
    fault_point("here")


@pytest.mark.parametrize(("environment", "freezes"), [("test", True), ("production", False)])
def test_a_process_freezes_where_it_was_asked_to(environment: str, freezes: bool) -> None:
    program = "from app.services.fault_points import fault_point; fault_point('there'); fault_point('here')"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"FAULT_POINT": "here", "ENVIRONMENT": environment, "PYTHONPATH": str(ROOT)},
    )
    try:
        if not freezes:
            assert process.wait(timeout=10) == 0
            return
        watched = psutil.Process(process.pid)
        while watched.status() != psutil.STATUS_STOPPED:
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
