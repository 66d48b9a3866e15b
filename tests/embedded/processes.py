"""For tests of processes: owners that get killed, and what is left afterwards."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

PROJECT = Path(__file__).parent.parent.parent


def start_script(source: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A Python process that runs `source`; its standard output can be read line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


def read_line(process: subprocess.Popen[str]) -> str:
    """The next line the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def close(process: subprocess.Popen[str]) -> int:
    """Wait for the process's end; answers its exit code."""
    process.communicate(timeout=30)
    return process.returncode


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return when the condition holds; fail after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether the process has ended (one that nobody collected counts as ended)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def working_in(directory: Path) -> list[psutil.Process]:
    """All processes with their working folder in `directory`."""
    found = []
    for process in psutil.process_iter(["cwd"]):
        folder = process.info["cwd"]
        if folder and Path(folder).is_relative_to(directory):
            found.append(process)
    return found
