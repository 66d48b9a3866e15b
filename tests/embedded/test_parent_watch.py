"""Noticing that make was told to stop."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.embedded.processes import PROJECT

CHILD = """
import time
from app.embedded.parent_watch import ParentWatch
watch = ParentWatch()
print("watching", flush=True)
while not watch.wants_end():
    time.sleep(0.02)
print("noticed", flush=True)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_the_end_of_make_is_noticed(tmp_path: Path, end: signal.Signals) -> None:
    (tmp_path / "child.py").write_text(CHILD)
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {sys.executable} {tmp_path}/child.py\n")
    environment = {"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"}
    make = subprocess.Popen(
        ["make", "-C", tmp_path, "-s", "run"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert make.stdout is not None
    assert make.stdout.readline() == "watching\n"

    make.send_signal(end)

    assert make.stdout.readline() == "noticed\n"
    make.communicate(timeout=10)
