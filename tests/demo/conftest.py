"""One seeded database for all tests of this folder that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.bootstrap import Container, build_container
from app.demo.seed import DemoAccounts, seed_demo
from config import load_settings
from tests.clock import ManualClock
from tests.servers import Cleaner, TestServers


@pytest.fixture(scope="module")
def seeded(
    servers: TestServers, worker_number: int, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    """A container on a database of its own with the demo's data in it."""
    database_url = servers.clone_database(f"demo_{worker_number}")
    container = build_container(
        load_settings(
            {
                "ENVIRONMENT": "test",
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "BASE_URL": "http://localhost",
                "SECRET_KEY": "portal-cookie-of-the-tests",
                "STAFF_SECRET_KEY": "staff-cookie-of-the-tests",
                "API_KEY_PEPPER": "pepper-of-the-tests",
                "INSTANCE_DIRECTORY": str(tmp_path_factory.mktemp("demo")),
                "ACQUIRER": "test",
                "TEST_ACQUIRER_WEBHOOK_SECRET": "webhooks-of-the-tests",
            }
        ),
        ManualClock(),
    )
    seed_demo(container)
    yield container
    for engine in ("engine", "reading_engine"):
        getattr(container, engine).dispose()
    Cleaner(database_url).clean()


@pytest.fixture(scope="module")
def accounts(seeded: Container) -> DemoAccounts:
    """What the demo tells its visitor."""
    return seed_demo(seeded)
