"""What tests share: one private PostgreSQL and Redis a run, one cloned database and Redis number a process.

Heavy imports stand inside the fixtures: the tests of pure rules don't wait for SQLAlchemy, Flask and Alembic.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.clock import ManualClock

if TYPE_CHECKING:
    from flask import Flask

    from app.bootstrap import Container
    from config import Settings
    from tests.servers import TestServers

SERVERS = pytest.StashKey["TestServers"]()
WORKER_DIRECTORY = "test_servers_directory"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With xdist: the controller owns the servers, since any of its workers may end first."""
    from tests.servers import TestServers

    stash = node.config.stash
    if SERVERS not in stash:
        stash[SERVERS] = TestServers.start()
    node.workerinput[WORKER_DIRECTORY] = str(stash[SERVERS].directory)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Minutes first, seconds last: with two processes nobody waits for the one that drew the browser late."""
    items.sort(key=lambda item: ("e2e" not in item.keywords, "slow" not in item.keywords))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers that this process owns."""
    if SERVERS in config.stash:
        config.stash[SERVERS].stop()
        del config.stash[SERVERS]


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> TestServers:
    """The servers of this run; without xdist started by the first test that needs them."""
    from tests.servers import TestServers

    workerinput = getattr(pytestconfig, "workerinput", None)
    if workerinput is not None:
        return TestServers(Path(workerinput[WORKER_DIRECTORY]))
    if SERVERS not in pytestconfig.stash:
        pytestconfig.stash[SERVERS] = TestServers.start()
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def worker_number(pytestconfig: pytest.Config) -> int:
    """0 without xdist, else 1 for gw0 and so on."""
    workerinput = getattr(pytestconfig, "workerinput", None)
    return int(workerinput["workerid"].removeprefix("gw")) + 1 if workerinput else 0


@pytest.fixture(scope="session")
def database_url(servers: TestServers, worker_number: int) -> str:
    """This test process's own migrated database. Tests that write use `clean_database` as well."""
    return servers.clone_database(f"test_{worker_number}")


@pytest.fixture(scope="session")
def redis_url(servers: TestServers, worker_number: int) -> str:
    """This test process's own Redis database."""
    return servers.redis.url(worker_number)


@pytest.fixture
def clean_database(database_url: str) -> Iterator[str]:
    """The database, empty at the start of the test and emptied after it; answers its address."""
    from tests.servers import Cleaner

    yield database_url
    Cleaner(database_url).clean()


@pytest.fixture
def clean_redis(redis_url: str) -> Iterator[str]:
    """The Redis database, emptied after the test; answers its address."""
    import redis

    yield redis_url
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of a test instance; nothing of the surrounding environment gets in."""
    from config import load_settings

    return load_settings(
        {
            "ENVIRONMENT": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "BASE_URL": "http://localhost",
            "SECRET_KEY": "portal-cookie-of-the-tests",
            "STAFF_SECRET_KEY": "staff-cookie-of-the-tests",
            "API_KEY_PEPPER": "pepper-of-the-tests",
            "INSTANCE_DIRECTORY": str(tmp_path / "instance"),
            "ACQUIRER": "test",
            "TEST_ACQUIRER_WEBHOOK_SECRET": "webhooks-of-the-tests",
            "CLOCK_MOVABLE": "true",
            "LOG_FORMAT": "console",
        }
    )


@pytest.fixture
def clock() -> ManualClock:
    """The business clock of `container`; stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def container(
    settings: Settings, clock: ManualClock, clean_database: str, clean_redis: str
) -> Iterator[Container]:
    """Everything real, on an empty database and Redis, with a clock moved by hand."""
    from app.bootstrap import build_container

    assert (settings.database_url, settings.redis_url) == (clean_database, clean_redis)
    container = build_container(settings, clock)
    yield container
    made = vars(container)  # what the test asked for; anything else was never opened
    if "usage" in made:
        made["usage"].close()
    if "renderer" in made:
        made["renderer"].close()
    if "redis" in made:
        made["redis"].close()
    for engine in ("engine", "reading_engine"):
        if engine in made:
            made[engine].dispose()


@pytest.fixture
def app(container: Container) -> Flask:
    """Portal, public API and demo pages; pytest-flask's `client` talks to it."""
    from app import create_public_app

    return create_public_app(container)


@pytest.fixture
def back_office_app(container: Container) -> Iterator[Flask]:
    """The back-office, not mounted: its pages stand at / instead of /admin."""
    from app import create_back_office_app

    app = create_back_office_app(container)
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
