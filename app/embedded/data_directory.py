"""The folder of one private server: locked by its owner, with a place for a socket of a short enough path."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from app.embedded.errors import DirectoryBusy, EmbeddedError

LONGEST_SOCKET_PATH = 100  # the system's limit is 107 bytes
LOCK_SECONDS = 5.0  # a dying owner may hold the lock a moment longer


class DataDirectory:
    """A server's folder: `data/` is the server's own, the lock and the log lie beside it."""

    def __init__(self, path: Path, socket_name: str) -> None:
        self.path = path.resolve()
        self.data = self.path / "data"
        self.log = self.path / "server.log"
        self.sockets = self._choose_socket_directory(socket_name)
        self.socket = self.sockets / socket_name
        self._lock: int | None = None

    def acquire(self) -> None:
        """Become the only owner, or raise DirectoryBusy. The lock goes with the process, however it ends."""
        # As root the server's account must be able to pass through; what lies inside is closed to others.
        self.path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _lock_within(descriptor, LOCK_SECONDS):
            os.close(descriptor)
            raise DirectoryBusy(f"{self.path} is in use by another running instance.")
        self._lock = descriptor
        self._make_socket_directory()

    def release(self) -> None:
        """Give the folder up; the socket's folder goes when it lies outside."""
        if self._lock is None:
            return
        if self.sockets.parent != self.path:
            shutil.rmtree(self.sockets, ignore_errors=True)
        os.close(self._lock)
        self._lock = None

    def last_log_lines(self, count: int = 15) -> str:
        """The end of the server's log, for an error message."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def _choose_socket_directory(self, socket_name: str) -> Path:
        inside = self.path / "socket"
        if len(os.fsencode(inside / socket_name)) <= LONGEST_SOCKET_PATH:
            return inside
        # The name follows from the folder, so that every process of this instance finds the same socket.
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        outside = Path(tempfile.gettempdir()) / f"bpm-{os.getuid()}-{name}"
        if len(os.fsencode(outside / socket_name)) <= LONGEST_SOCKET_PATH:
            return outside
        return Path("/tmp") / outside.name  # noqa: S108  # made private and checked in _make_socket_directory

    def _make_socket_directory(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if self.sockets.is_symlink() or (os.getuid() != 0 and found.st_uid != os.getuid()):
            raise EmbeddedError(f"{self.sockets} belongs to somebody else; remove it.")
        self.sockets.chmod(0o700)


def _lock_within(descriptor: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True
