"""Usage reports of connectors (D5): taken once, never deciding about access."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.billing.actors import Actor
from app.billing.api_key import Scope
from app.bootstrap import Container
from app.models import ApiKey, CheckUsage, UsageReport
from app.services.api_keys import deactivate_key
from tests import factories
from tests.clock import ManualClock
from tests.public_api.conftest import USAGE, Ask, Subscriber, error_of

REPORT = {"connector": "crm-connector", "operation": "getContact", "count": 3, "idempotencyKey": "run-1"}
JSON = "application/json"

Report = Callable[..., TestResponse]


@pytest.fixture
def report(api: FlaskClient, subscriber: Subscriber) -> Report:
    """Send a good report; any member may be changed."""

    def send(**changes: Any) -> TestResponse:
        return api.post(USAGE, json=REPORT | changes, headers=subscriber.headers)

    return send


def post(
    api: FlaskClient, subscriber: Subscriber, body: bytes, content_type: str | None = JSON
) -> TestResponse:
    return api.post(USAGE, data=body, content_type=content_type, headers=subscriber.headers)


def test_a_report_is_stored_once_per_idempotency_key(report: Report, container: Container) -> None:
    first, again = report(), report(count=99)

    assert (first.status_code, first.get_json()) == (202, {"accepted": True, "duplicate": False})
    assert (again.status_code, again.get_json()) == (202, {"accepted": True, "duplicate": True})
    [stored] = factories.rows(container, UsageReport)
    assert (stored.operation, stored.count) == ("getContact", 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 0}, {"count": -1}, {"count": 1_000_001}, {"count": 1.5}, {"count": 2.0}, {"count": "3"},
        {"count": True}, {"count": None}, {"count": [3]}, {"count": {}}, {"count": 10**300},
        {"connector": ""}, {"connector": None}, {"connector": 7}, {"connector": ["crm-connector"]},
        {"connector": "a" * 65}, {"operation": ""}, {"operation": "a" * 65}, {"operation": "a\x00b"},
        {"operation": {"$ne": None}}, {"operation": "\ud800"}, {"idempotencyKey": "a" * 129},
        {"idempotencyKey": "\udfff\ud800"}, {"idempotencyKey": "a\nb"}, {"idempotencyKey": False},
    ],
)  # fmt: skip
def test_a_member_of_the_wrong_kind_is_a_400(report: Report, changes: dict[str, Any]) -> None:
    assert error_of(report(**changes)) == (400, "PARAMETER_INVALID")


@pytest.mark.parametrize("name", sorted(REPORT))
def test_a_missing_member_is_named(api: FlaskClient, subscriber: Subscriber, name: str) -> None:
    body = {each: value for each, value in REPORT.items() if each != name}

    response = post(api, subscriber, json.dumps(body).encode())

    assert error_of(response) == (400, "PARAMETER_MISSING")
    assert name in response.get_json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"42",
        b"[" * 16_000,
        b'{"a":' * 3_000,
        b'{"count": NaN}',
        b'{"count": Infinity}',
        b'{"count": ' + b"9" * 10_000 + b"}",
        b'{"count": 1, "count": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        '{"operation": "é"}'.encode("latin-1"),
        '{"operation": "a"}'.encode("utf-16"),
        b"\x00" * 100,
        b"connector=crm-connector&count=1",
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(
    api: FlaskClient, subscriber: Subscriber, body: bytes
) -> None:
    assert error_of(post(api, subscriber, body)) == (400, "BODY_MALFORMED")


def test_a_number_beyond_all_measure_is_a_400(api: FlaskClient, subscriber: Subscriber) -> None:
    body = json.dumps(REPORT).replace(" 3", " 1e999").encode()

    assert error_of(post(api, subscriber, body)) == (400, "PARAMETER_INVALID")


@pytest.mark.parametrize("size", [16 * 1024 + 1, 3_000_000])
def test_a_huge_body_is_a_413(api: FlaskClient, subscriber: Subscriber, size: int) -> None:
    assert error_of(post(api, subscriber, b" " * size)) == (413, "BODY_TOO_LARGE")


def test_deep_json_over_the_limit_is_a_413(api: FlaskClient, subscriber: Subscriber) -> None:
    assert error_of(post(api, subscriber, b"[" * 100_000)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "json",
    ],
)
def test_another_content_type_is_a_415(
    api: FlaskClient, subscriber: Subscriber, content_type: str | None
) -> None:
    response = post(api, subscriber, json.dumps(REPORT).encode(), content_type)

    assert error_of(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_compressed_body_is_a_415(api: FlaskClient, subscriber: Subscriber) -> None:
    response = api.post(USAGE, json=REPORT, headers=subscriber.headers | {"Content-Encoding": "gzip"})

    assert error_of(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_another_method_is_a_405(api: FlaskClient, method: str) -> None:
    response = api.open(USAGE, method=method)

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_unknown_members_are_ignored(report: Report, container: Container) -> None:
    assert report(api_key_id=99, reported_at="2000-01-01", customer_id=7).status_code == 202

    [stored] = factories.rows(container, UsageReport)
    assert stored.reported_at == container.clock.now()


def test_an_unknown_connector_is_a_404(report: Report) -> None:
    assert error_of(report(connector="no-such")) == (404, "CONNECTOR_UNKNOWN")


def test_an_unknown_key_is_a_401(api: FlaskClient, subscriber: Subscriber) -> None:
    response = api.post(USAGE, json=REPORT, headers={"Authorization": "Bearer bpm_prod_" + "a" * 32})

    assert error_of(response) == (401, "KEY_UNKNOWN")
    assert "invalid_token" in response.headers["WWW-Authenticate"]


def test_no_key_is_a_401(api: FlaskClient) -> None:
    assert error_of(api.post(USAGE, json=REPORT)) == (401, "AUTHORIZATION_MISSING")


def test_a_key_in_the_address_is_refused(api: FlaskClient, subscriber: Subscriber) -> None:
    response = api.post(f"{USAGE}?api_key={subscriber.key}", json=REPORT, headers=subscriber.headers)

    assert error_of(response) == (400, "KEY_IN_ADDRESS")


def test_a_deactivated_key_is_a_401(report: Report, container: Container, subscriber: Subscriber) -> None:
    assert report().status_code == 202
    [key] = factories.rows(container, ApiKey)
    deactivate_key(
        container.transactions,
        actor=Actor.system("test"),
        customer_id=subscriber.customer_id,
        api_key_id=key.id,
        reason="lost",
        now=container.clock.now(),
    )

    assert error_of(report(idempotencyKey="run-2")) == (401, "KEY_UNKNOWN")


def test_an_expired_key_is_a_401(report: Report, clock: ManualClock) -> None:
    clock.advance(days=8)

    assert error_of(report()) == (401, "KEY_UNKNOWN")


def test_a_key_made_for_other_work_is_a_403(report: Report, container: Container) -> None:
    with container.transactions.begin(Actor.system("test")) as work:
        for key in work.session.query(ApiKey):
            key.scopes = [Scope.CHECK.value]

    assert error_of(report()) == (403, "SCOPE_MISSING")


def test_checks_are_counted_per_key_connector_account_and_day(ask: Ask, container: Container) -> None:
    for account in ("make-1", "make-1", "make-2"):
        ask(accountId=account)

    container.usage.flush()

    counts = {row.make_account: (row.allowed, row.denied) for row in factories.rows(container, CheckUsage)}
    assert counts == {"make-1": (2, 0), "make-2": (0, 1)}
