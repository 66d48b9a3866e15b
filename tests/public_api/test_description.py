"""/v1/openapi.json is valid OpenAPI 3.0 and tells the truth about every answer."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.public_api.conftest import Subscriber

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 60


def test_it_describes_the_two_routes(api: FlaskClient) -> None:
    description = api.get("/v1/openapi.json").get_json()

    assert description["openapi"].startswith("3.0")
    assert set(description["paths"]) == {"/v1/subscription/check", "/v1/usage"}


def test_it_is_valid(api_app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", api_app)

    schema.validate()


@pytest.mark.parametrize("name", ["ApiError", "CheckAnswer"])
def test_an_answer_other_than_described_is_noticed(api_app: Flask, subscriber: Subscriber, name: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", api_app)
    schema.raw_schema["components"]["schemas"][name]["properties"]["code"] = {"type": "integer"}

    with pytest.raises(FailureGroup, match="Response violates schema"):
        compare(schema, subscriber.headers, GenerationMode.POSITIVE)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("with_key", [True, False])
def test_every_answer_is_as_described(
    api_app: Flask, subscriber: Subscriber, mode: GenerationMode, with_key: bool
) -> None:
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", api_app)

    statuses = compare(schema, subscriber.headers if with_key else None, mode)

    assert statuses & {200, 202, 400, 404} if with_key else 401 in statuses


def compare(schema: BaseSchema, headers: dict[str, str] | None, mode: GenerationMode) -> set[int]:
    """Send made-up requests to every route and compare the answers with the description."""
    statuses: set[int] = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @seed(20260101)
        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answer(case: Case[Any]) -> None:
            response = case.call(headers=headers)
            statuses.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

        answer()
    return statuses
