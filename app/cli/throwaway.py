"""A PostgreSQL that is thrown away with its data, for stories that nobody wants to keep."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.guard import shared_guard
from app.embedded.postgres import PostgresCluster
from app.models.migration import upgrade_database

TEMPLATE = "template_migrated"


class ThrowawayServer:
    """A private cluster in a temporary folder with one migrated database to copy."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._postgres = PostgresCluster(directory / "postgres", durable=False)

    def start(self) -> None:
        """Start the server and make the template. Raises EmbeddedError."""
        self._postgres.start()
        upgrade_database(self._postgres.create_database(TEMPLATE))

    def stop(self) -> None:
        """Stop the server; the data go with the folder."""
        self._postgres.stop()

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """An empty, migrated database that is dropped after the block; answers its address."""
        yield self._postgres.create_database(name, template=TEMPLATE)
        self._postgres.drop_database(name)


@contextmanager
def throwaway_server() -> Iterator[ThrowawayServer]:
    """A server for the block; nothing of it is left afterwards, not even when this process is killed."""
    directory = Path(tempfile.mkdtemp(prefix="bpm-simulation-"))
    shared_guard().remove(directory)
    server = ThrowawayServer(directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
