"""Routes of the public API. They take the key's header only and ignore cookies."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_smorest import Api, Blueprint

from app.billing.check import CheckCode
from app.bootstrap import Container
from app.public_api.check import answer_check
from app.public_api.requests import bearer_key, load, strict_query
from app.public_api.schemas import (
    ApiErrorSchema,
    CheckAnswerSchema,
    CheckQuerySchema,
    UsageAnswerSchema,
    UsageReportSchema,
)
from app.services.checks import find_key_holder
from app.services.usage import ReportedUsage, report_usage
from app.web.errors import ApiError
from app.web.limits import CHECKS_PER_KEY, limiter, presented_key

CHECK_QUERY = CheckQuerySchema()
USAGE_REPORT = UsageReportSchema()


class PublicApi(Api):
    """flask-smorest without its own error handlers: the portal beside the API answers in HTML."""

    def _register_error_handlers(self) -> None:
        """The factory installs ours."""


def install(app: Flask, container: Container) -> None:
    """Register the routes and the OpenAPI description at /v1/openapi.json."""
    app.config.update(
        API_TITLE="BPM Centr",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            "info": {"description": "Asks whether a customer may use a connector in a Make account."},
        },
    )
    PublicApi(app).register_blueprint(_blueprint(container))


def _blueprint(container: Container) -> Blueprint:
    blueprint = Blueprint("public_api", __name__, url_prefix="/v1")

    @blueprint.get("/subscription/check")
    @blueprint.doc(
        security=[{"key": []}],
        parameters=[
            {"in": "query", "name": "connector", "required": True,
             "schema": {"type": "string", "minLength": 1, "maxLength": 64}},
            {"in": "query", "name": "accountId", "required": True,
             "schema": {"type": "string", "minLength": 1, "maxLength": 128}},
        ],
    )  # fmt: skip
    @blueprint.response(200, CheckAnswerSchema)
    @blueprint.alt_response(400, schema=ApiErrorSchema, description="A parameter is missing, bad or doubled")
    @blueprint.alt_response(401, schema=ApiErrorSchema, description="No well-formed Authorization header")
    @blueprint.alt_response(
        429, schema=ApiErrorSchema, description="More than 6000 checks a minute with one key"
    )
    @blueprint.alt_response(503, schema=ApiErrorSchema, description="Not known right now; try again")
    @limiter.limit(CHECKS_PER_KEY, key_func=presented_key)
    def check() -> dict[str, Any]:
        """Whether the holder of the key may use the connector in this Make account now."""
        key = bearer_key(request)
        query = strict_query(request.query_string, CHECK_QUERY)
        return answer_check(container, key=key, connector=query["connector"], account=query["accountId"])

    @blueprint.post("/usage")
    @blueprint.doc(
        security=[{"key": []}],
        requestBody={"required": True, "content": {"application/json": {"schema": UsageReportSchema}}},
    )
    @blueprint.response(202, UsageAnswerSchema)
    @blueprint.alt_response(400, schema=ApiErrorSchema, description="The body is not such a report")
    @blueprint.alt_response(
        401, schema=ApiErrorSchema, description="The key is missing, unknown or switched off"
    )
    @blueprint.alt_response(404, schema=ApiErrorSchema, description="No such connector")
    @limiter.limit(CHECKS_PER_KEY, key_func=presented_key)
    def usage() -> dict[str, Any]:
        """Take a connector's own statistics: analytics only, never access."""
        now = container.clock.now()
        holder = find_key_holder(container.checking, bearer_key(request), now)
        if holder is None or not holder.usable(now):
            raise ApiError(401, CheckCode.KEY_UNKNOWN, "The key is unknown or switched off.")
        report = load(USAGE_REPORT, _json_object())
        reported = ReportedUsage(
            connector=report["connector"],
            operation=report["operation"],
            count=report["count"],
            idempotency_key=report["idempotencyKey"],
        )
        new = report_usage(container.transactions, holder=holder, reported=reported, now=now)
        return {"accepted": True, "duplicate": not new}

    return blueprint


def _json_object() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise ApiError(400, "BODY_MALFORMED", "The body must be a JSON object.")
    return body
