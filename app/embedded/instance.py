"""The private servers of one instance folder: PostgreSQL with one database, and Redis."""

from __future__ import annotations

from pathlib import Path

from app.embedded.postgres import PostgresCluster
from app.embedded.redis_server import RedisServer

DATABASE = "bpm"


class EmbeddedServers:
    """Both servers of one folder, e.g. `instance/`. The addresses follow from the folder alone.

    With `durable=False` the data may be lost when the machine stops: for tests and simulation.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.postgres = PostgresCluster(directory / "postgres", durable=durable)
        self.redis = RedisServer(directory / "redis", durable=durable)

    @property
    def database_url(self) -> str:
        """The address of the database, also before the start."""
        return self.postgres.url(DATABASE)

    @property
    def redis_url(self) -> str:
        """The address of Redis, also before the start."""
        return self.redis.url()

    def start(self) -> None:
        """Start both and make the database if it is not there. Raises EmbeddedError; then neither runs."""
        try:
            self.postgres.start()
            self.redis.start()
            if not self.postgres.has_database(DATABASE):
                self.postgres.create_database(DATABASE)
        except BaseException:  # Ctrl-C included: nothing half started is left
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both. Does nothing when they do not run."""
        self.redis.stop()
        self.postgres.stop()

    def __enter__(self) -> EmbeddedServers:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
