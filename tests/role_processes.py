"""Roles of the product as real processes: `run.py worker` and `run.py scheduler`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from config import Settings
from tests.api_server import PROJECT, environment


def role_environment(settings: Settings, **variables: str) -> dict[str, str]:
    """The variables of a process on the servers and folders of the test."""
    folder = settings.instance_directory
    own = environment(settings.database_url, settings.redis_url, folder, settings.port)
    own |= {"ACQUIRER": "test", "TEST_ACQUIRER_WEBHOOK_SECRET": "webhooks-of-the-tests"}
    return own | {"CLOCK_MOVABLE": "true"} | variables


@contextmanager
def running_role(role: str, settings: Settings, log: Path, **variables: str) -> Iterator[psutil.Process]:
    """Runs while the block lasts, on the servers and folders of the test; ends with all its children."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "run.py", role],
            cwd=PROJECT,
            env=role_environment(settings, **variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    watched = psutil.Process(process.pid)
    try:
        yield watched
    finally:
        kill_with_children(watched)
        process.wait(timeout=20)


def kill_with_children(process: psutil.Process) -> list[psutil.Process]:
    """Kill the process and all its children at once; tells which ones there were."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    return family
