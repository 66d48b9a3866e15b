"""The guard: ends the processes of an owner that died without ending them itself.

Run as a program of its own, `python -I -S guard_process.py`, in its own session, standard library only. The
owner holds the other end of its standard input and writes one JSON object a line:

    {"watch": pid, "signal": 2, "grace": 10.0}     end this process group when the owner is gone
    {"forget": pid}                                it has ended, or its end is someone else's business now
    {"remove": "/path"}                            also delete this file at once, or this directory at the end

End of input means that the owner is gone, however it went, SIGKILL included.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.05
KILL_SECONDS = 5.0  # what a killed process gets to disappear; a zombie that nobody collects never does


@dataclass(frozen=True)
class Watched:
    """A process group and how to end it."""

    process_group: int
    signal: int
    grace_seconds: float


def is_alive(process_group: int) -> bool:
    """Whether any process of the group is left."""
    return send(process_group, 0)


def send(process_group: int, number: int) -> bool:
    """Send a signal to the group; False when nothing of it is left."""
    try:
        os.killpg(process_group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(watched: list[Watched]) -> None:
    """Ask every group to end, wait for each one's grace, then kill what is left."""
    started = time.monotonic()
    for entry in watched:
        send(entry.process_group, entry.signal)
    left = list(watched)
    while left:
        waited = time.monotonic() - started
        left = [e for e in left if is_alive(e.process_group) and waited < e.grace_seconds + KILL_SECONDS]
        for entry in left:
            if waited > entry.grace_seconds:
                send(entry.process_group, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def listen() -> tuple[list[Watched], list[str]]:
    """Follow the owner's messages until it is gone; answers what is left to end and to delete."""
    watched: dict[int, Watched] = {}
    paths: list[str] = []
    for line in sys.stdin:
        try:
            message = json.loads(line)
        except ValueError:  # the owner died while writing it
            continue
        if "watch" in message:
            watched[message["watch"]] = Watched(message["watch"], message["signal"], message["grace"])
        elif "forget" in message:
            watched.pop(message["forget"], None)
        elif "remove" in message:
            paths.append(message["remove"])
    return list(watched.values()), paths


def main() -> None:
    """Wait for the owner's end, then clean up after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the owner's end matters
    watched, paths = listen()
    for path in paths:
        with suppress(OSError):
            Path(path).unlink()  # a directory refuses
    end(watched)
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    main()
