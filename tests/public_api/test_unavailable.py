"""When a part is down: the check says 503 only when it can't know, and never needs Redis."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_api_app, create_public_app
from app.bootstrap import Container, build_container
from app.embedded.postgres import PostgresCluster
from app.embedded.redis_server import RedisServer
from app.models.migration import upgrade_database
from config import Settings
from tests import factories
from tests.api_server import free_port
from tests.clock import ManualClock
from tests.public_api.conftest import CHECK, USAGE, error_of

QUERY = {"connector": "crm-connector", "accountId": "make-1"}
REPORT = {"connector": "crm-connector", "operation": "getContact", "count": 3, "idempotencyKey": "run-1"}
ANY_KEY = {"Authorization": "Bearer any"}


Build = Callable[..., Container]


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:
    """Makes containers with other settings, and closes what they opened."""
    made: list[Container] = []

    def make(**changes: object) -> Container:
        made.append(build_container(settings.model_copy(update=changes), ManualClock()))
        return made[-1]

    yield make
    for container in made:
        container.usage.close()
        container.redis.close()
        container.engine.dispose()
        container.reading_engine.dispose()


@pytest.fixture
def without_database(build: Build) -> FlaskClient:
    """Nothing listens where the database should be."""
    url = f"postgresql+psycopg://bpm@127.0.0.1:{free_port()}/none"
    return create_api_app(build(database_url=url)).test_client()


def test_without_the_database_nobody_knows(without_database: FlaskClient) -> None:
    check = without_database.get(CHECK, query_string=QUERY, headers=ANY_KEY)
    usage = without_database.post(USAGE, json=REPORT, headers=ANY_KEY)

    for response in (check, usage):
        assert error_of(response) == (503, "TRY_AGAIN")
        assert int(response.headers["Retry-After"]) >= 1


def test_without_the_database_bad_requests_are_still_told_apart(without_database: FlaskClient) -> None:
    assert error_of(without_database.get(CHECK, query_string=QUERY)) == (401, "AUTHORIZATION_MISSING")
    assert error_of(without_database.get(CHECK, headers=ANY_KEY)) == (400, "PARAMETER_MISSING")


@pytest.fixture
def hanging_redis(tmp_path: Path) -> Iterator[str]:
    """A Redis that takes connections and never answers; its address."""
    redis = RedisServer(tmp_path / "redis", durable=False)
    url = redis.start()
    assert redis.pid is not None
    os.kill(redis.pid, signal.SIGSTOP)
    yield url
    os.kill(redis.pid, signal.SIGCONT)
    redis.stop()


@pytest.mark.parametrize("factory", [create_api_app, create_public_app])
def test_without_redis_checks_are_answered_at_once(
    build: Build, hanging_redis: str, factory: Callable[[Container], Flask]
) -> None:
    api = factory(build(redis_url=hanging_redis)).test_client()
    started = time.monotonic()

    response = api.get(CHECK, query_string=QUERY, headers=ANY_KEY)

    assert response.get_json()["code"] == "KEY_UNKNOWN"
    assert time.monotonic() - started < 2


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[PostgresCluster]:
    """A database server that the test may stop."""
    cluster = PostgresCluster(tmp_path / "cluster", durable=False)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.mark.slow
def test_a_restart_of_the_database_costs_no_answer(cluster: PostgresCluster, build: Build) -> None:
    url = cluster.create_database("bpm")
    upgrade_database(url)
    container = build(database_url=url)
    api = create_api_app(container).test_client()
    factories.create_seller(container)
    customer = factories.create_customer(container)
    key = factories.trial_key(container, customer, [factories.create_connector(container)])
    headers = {"Authorization": f"Bearer {key}"}
    assert api.get(CHECK, query_string=QUERY, headers=headers).get_json()["allowed"] is True

    cluster.stop()
    assert error_of(api.get(CHECK, query_string=QUERY, headers=headers)) == (503, "TRY_AGAIN")
    cluster.start()
    assert api.get(CHECK, query_string=QUERY, headers=headers).get_json()["allowed"] is True

    cluster.stop()
    cluster.start()
    response = api.get(CHECK, query_string=QUERY, headers=headers)

    assert response.get_json()["allowed"] is True
