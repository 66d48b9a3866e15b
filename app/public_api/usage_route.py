"""`POST /v1/usage` (D5): a connector's own statistics."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from app.billing.api_key import Scope
from app.billing.check import CheckCode
from app.bootstrap import Container
from app.public_api.key_limit import REQUESTS_PER_MINUTE, KeyLimit
from app.public_api.requests import bearer_key, json_object, load, refuse_key_in_address
from app.public_api.schemas import ApiErrorSchema, UsageAnswerSchema, UsageReportSchema
from app.repositories.entitlements import KeyHolder
from app.services.checks import find_key_holder
from app.services.usage import ReportedUsage, report_usage
from app.web.errors import ApiError

REPORT = UsageReportSchema()
BODY = {"required": True, "content": {"application/json": {"schema": UsageReportSchema}}}


def add(blueprint: Blueprint, container: Container, limit: KeyLimit) -> None:
    """Register the route with its description."""

    @blueprint.post("/usage")
    @blueprint.doc(security=[{"key": []}], requestBody=BODY)
    @blueprint.response(202, UsageAnswerSchema)
    @blueprint.alt_response(400, schema=ApiErrorSchema, description="The body is not such a report")
    @blueprint.alt_response(401, schema=ApiErrorSchema, description="The key is missing, unknown or closed")
    @blueprint.alt_response(403, schema=ApiErrorSchema, description="The key may not report usage")
    @blueprint.alt_response(404, schema=ApiErrorSchema, description="No such connector")
    @blueprint.alt_response(413, schema=ApiErrorSchema, description="The body is too large")
    @blueprint.alt_response(415, schema=ApiErrorSchema, description="The body is not application/json")
    @blueprint.alt_response(
        429, schema=ApiErrorSchema, description=f"Over {REQUESTS_PER_MINUTE} a minute with one key"
    )
    @blueprint.alt_response(503, schema=ApiErrorSchema, description="Not possible right now; try again")
    def usage() -> dict[str, Any]:
        """Take a connector's own statistics: analytics only, never access."""
        refuse_key_in_address(request)
        key = bearer_key(request)
        limit.count(key)
        holder = _holder(container, key)
        report = load(REPORT, json_object(request))
        reported = ReportedUsage(
            connector=report["connector"],
            operation=report["operation"],
            count=report["count"],
            idempotency_key=report["idempotencyKey"],
        )
        now = container.clock.now()
        new = report_usage(container.transactions, holder=holder, reported=reported, now=now)
        return {"accepted": True, "duplicate": not new}


def _holder(container: Container, key: str) -> KeyHolder:
    now = container.clock.now()
    holder = find_key_holder(container.checking, key, now)
    if holder is None or not holder.usable(now):
        raise ApiError(
            401,
            CheckCode.KEY_UNKNOWN,
            "The key is unknown or switched off.",
            {"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    if Scope.USAGE not in holder.scopes:
        raise ApiError(403, CheckCode.SCOPE_MISSING, "The key may not report usage.")
    return holder
