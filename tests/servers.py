"""The private PostgreSQL and Redis of one test run, and what each test process gets of them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.embedded.guard import shared_guard
from app.embedded.postgres import PostgresCluster
from app.embedded.redis_server import RedisServer
from app.models.migration import upgrade_database

TEMPLATE = "template_migrated"

# Not emptied between tests: the schema's version, and the staff roles and permissions that follow from code.
KEPT_TABLES = {
    "alembic_version",
    "ab_permission",
    "ab_view_menu",
    "ab_permission_view",
    "ab_role",
    "ab_permission_view_role",
}


class TestServers:
    """Owned by the process that runs pytest; test processes know them by their folder."""

    __test__ = False  # not a test case, whatever its name says

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres = PostgresCluster(directory / "postgres", durable=False)
        self.redis = RedisServer(directory / "redis", durable=False)

    @classmethod
    def start(cls) -> TestServers:
        """Start both in a fresh temporary folder, with one migrated database to clone."""
        servers = cls(Path(tempfile.mkdtemp(prefix="bpm-tests-")))
        shared_guard().remove(servers.directory)
        servers.postgres.start()
        servers.redis.start()
        upgrade_database(servers.postgres.create_database(TEMPLATE))
        return servers

    def stop(self) -> None:
        """Stop both and delete the folder."""
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def clone_database(self, name: str) -> str:
        """A database of its own for one test process; answers its address."""
        self.postgres.drop_database(name)
        return self.postgres.create_database(name, template=TEMPLATE)


@dataclass(frozen=True)
class Cleaner:
    """Empties a database; costs about a millisecond when nothing was written."""

    database_url: str

    def clean(self, lock_timeout: str = "5s") -> None:
        """Empty every table that has rows, except the kept ones; their identities start again."""
        with psycopg.connect(self.database_url.replace("+psycopg", ""), autocommit=True) as connection:
            # A test that left a transaction open shall fail, not hang.
            connection.execute(sql.SQL("SET lock_timeout = {}").format(lock_timeout))
            used = self._used_tables(connection)
            if used:
                tables = sql.SQL(", ").join(sql.Identifier(name) for name in used)
                connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))

    def _used_tables(self, connection: psycopg.Connection) -> list[str]:
        """Tables with rows, and those whose numbers went on although the rows were undone."""
        every = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = sorted({name for (name,) in every} - KEPT_TABLES)
        probes = [
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
            for name in names
        ]
        counted = sql.SQL(
            "SELECT left(sequencename, -length('_id_seq')) FROM pg_sequences"
            " WHERE schemaname = 'public' AND last_value IS NOT NULL"
        )
        found = connection.execute(sql.SQL(" UNION ").join([*probes, counted])).fetchall()
        return sorted({name for (name,) in found} & set(names))
