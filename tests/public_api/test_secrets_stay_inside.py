"""No key and no fingerprint gets into logs or answers, whatever happens (A11)."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError
from structlog.typing import EventDict

from app.billing.api_key import fingerprint
from app.bootstrap import Container
from tests.public_api.conftest import CHECK, USAGE, Subscriber

QUERY = {"connector": "crm-connector", "accountId": "make-1"}


def logged(caplog: pytest.LogCaptureFixture, entries: list[EventDict]) -> str:
    """All that the logging of Python and structlog would have written, with tracebacks."""
    formatter = logging.Formatter("%(name)s %(message)s")
    return "\n".join([*map(formatter.format, caplog.records), *map(repr, entries)])


def secrets_of(container: Container, key: str) -> list[str]:
    mark = fingerprint(key, container.pepper)
    return [key, key[-32:], mark.hex(), repr(mark)[2:-1], container.pepper.decode()]


def leaked(container: Container, key: str, where: str) -> list[str]:
    return [secret for secret in secrets_of(container, key) if secret in where]


def requests_of_every_kind(api: FlaskClient, key: str) -> list[str]:
    """Good, refused, malformed and failing requests that carry the key; the answers."""
    good = {"Authorization": f"Bearer {key}"}
    sent: list[dict[str, Any]] = [
        {"path": CHECK, "query_string": QUERY, "headers": good},
        {"path": CHECK, "query_string": QUERY | {"connector": "mail-connector"}, "headers": good},
        {"path": CHECK, "query_string": {"connector": "x"}, "headers": good},
        {"path": CHECK, "query_string": QUERY, "headers": {"Authorization": f"Bearer {key} {key}"}},
        {"path": CHECK, "query_string": QUERY, "headers": {"Authorization": key}},
        {"path": CHECK, "query_string": QUERY | {"api_key": key}},
        {"path": CHECK, "query_string": QUERY | {"accountId": key}, "headers": good},
        {"path": CHECK, "method": "DELETE", "headers": good},
        {"path": USAGE, "method": "POST", "json": {"connector": "no-such"}, "headers": good},
        {
            "path": USAGE,
            "method": "POST",
            "data": b"{",
            "headers": good | {"Content-Type": "application/json"},
        },
        {"path": "/v1/nothing", "headers": good},
    ]
    return [api.open(**each).text for each in sent]


def test_nothing_secret_is_written(
    api: FlaskClient, container: Container, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as entries:
        answers = requests_of_every_kind(api, subscriber.key)
        with container.engine.begin() as connection:
            connection.execute(text("ALTER TABLE connector RENAME COLUMN slug TO moved"))
        try:
            answers += requests_of_every_kind(api, subscriber.key)
        finally:
            with container.engine.begin() as connection:
                connection.execute(text("ALTER TABLE connector RENAME COLUMN moved TO slug"))
        container.usage.flush()

    assert "database_error" in logged(caplog, entries)
    assert any("INTERNAL_ERROR" in answer for answer in answers)
    assert leaked(container, subscriber.key, logged(caplog, entries)) == []
    assert leaked(container, subscriber.key, "\n".join(answers)) == []


def test_a_route_that_logs_its_request_would_be_noticed(
    api_app: Flask, container: Container, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    @api_app.before_request
    def careless() -> None:
        logging.getLogger("careless").info("request with %s", request.headers)

    requests_of_every_kind(api_app.test_client(), subscriber.key)

    assert leaked(container, subscriber.key, logged(caplog, [])) == [subscriber.key, subscriber.key[-32:]]


def test_errors_of_the_database_do_not_show_what_was_asked(container: Container) -> None:
    mark = fingerprint("key", container.pepper)
    statement = text("SELECT 1 / 0 WHERE :mark = :mark").bindparams(bindparam("mark", mark))

    for engine in (container.engine, container.reading_engine):
        with pytest.raises(DBAPIError) as error, engine.connect() as connection:
            connection.execute(statement)
        assert repr(mark)[2:-1] not in str(error.value)
        assert "hide_parameters" in str(error.value)
