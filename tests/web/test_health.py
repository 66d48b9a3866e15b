"""Liveness, readiness, metrics."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app import create_api_app, create_public_app
from app.billing.actors import Actor
from app.bootstrap import Container
from app.models import SchedulerTick
from tests.api_server import free_port


@pytest.fixture
def api(container: Container) -> FlaskClient:
    return create_api_app(container).test_client()


def test_a_living_process_says_so(api: FlaskClient) -> None:
    response = api.get("/healthz")

    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_ready_means_database_schema_and_redis(api: FlaskClient) -> None:
    response = api.get("/readyz")

    assert response.status_code == 200
    assert response.get_json() == {
        "status": "ready",
        "parts": {"database": True, "schema": True, "redis": True},
    }


def test_not_ready_without_the_servers(container: Container) -> None:
    port = free_port()
    settings = container.settings.model_copy(
        update={
            "database_url": f"postgresql+psycopg://bpm@127.0.0.1:{port}/none",
            "redis_url": f"redis://127.0.0.1:{port}/0",
        }
    )
    response = create_api_app(Container(settings)).test_client().get("/readyz")

    assert response.status_code == 503
    assert response.get_json()["parts"] == {"database": False, "schema": False, "redis": False}


@pytest.mark.parametrize(("seconds_ago", "ticks"), [(5, True), (60, False), (None, False)])
def test_the_whole_product_also_needs_its_scheduler(
    container: Container, seconds_ago: int | None, ticks: bool
) -> None:
    if seconds_ago is not None:
        ran_at = container.wall_clock.now() - timedelta(seconds=seconds_ago)
        with container.transactions.begin(Actor.system("test")) as work:
            work.session.add(SchedulerTick(task="relay", ran_at=ran_at))

    response = create_public_app(container).test_client().get("/readyz")

    assert response.status_code == 503, "no worker is running"
    assert response.get_json()["parts"]["scheduler"] is ticks
    assert response.get_json()["parts"]["worker"] is False


def test_metrics_count_answers_by_code(api: FlaskClient) -> None:
    before = answers(api)
    for _ in range(2):
        api.get("/v1/subscription/check?connector=a&accountId=b", headers={"Authorization": "Bearer any"})

    response = api.get("/metrics")

    assert response.content_type.startswith("text/plain")
    assert answers(api)["KEY_UNKNOWN"] == before.get("KEY_UNKNOWN", 0) + 2
    assert "any" not in response.text.split()


def answers(api: FlaskClient) -> dict[str, float]:
    return {
        sample.labels["code"]: sample.value
        for family in text_string_to_metric_families(api.get("/metrics").text)
        for sample in family.samples
        if sample.name == "bpm_checks_total"
    }
