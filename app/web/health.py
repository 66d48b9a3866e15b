"""Liveness, readiness and metrics."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.bootstrap import Container
from app.models import SchedulerTick
from app.models.migration import is_current

TICK_AGE = timedelta(seconds=30)


def create_blueprint(container: Container, *, background: bool) -> Blueprint:
    """`/healthz`, `/readyz`, `/metrics`; `background` makes readiness wait for worker and scheduler."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        parts = _database(container) | {"redis": _redis_answers(container)}
        if background:
            parts |= {"worker": _worker_lives(container), "scheduler": _scheduler_ticks(container)}
        ready = all(parts.values())
        return jsonify(status="ready" if ready else "not ready", parts=parts), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _database(container: Container) -> dict[str, bool]:
    try:
        with container.reading_engine.connect() as connection:
            return {"database": True, "schema": is_current(connection)}
    except SQLAlchemyError:
        return {"database": False, "schema": False}


def _redis_answers(container: Container) -> bool:
    try:
        return bool(container.redis.ping())
    except RedisError:
        return False


def _worker_lives(container: Container) -> bool:
    try:
        return Worker.count(connection=container.redis) > 0
    except RedisError:
        return False


def _scheduler_ticks(container: Container) -> bool:
    try:
        with container.reading_engine.connect() as connection:
            ran_at = connection.scalar(select(SchedulerTick.ran_at).where(SchedulerTick.task == "relay"))
    except SQLAlchemyError:
        return False
    return ran_at is not None and container.wall_clock.now() - ran_at < TICK_AGE
