"""`GET /v1/subscription/check` (D1): what seed 003 asks before each operation of a connector."""

from __future__ import annotations

import json

from flask import Response, request
from flask_smorest import Blueprint

from app.bootstrap import Container
from app.public_api.check import answer_check
from app.public_api.key_limit import REQUESTS_PER_MINUTE, KeyLimit
from app.public_api.requests import bearer_key, refuse_key_in_address, strict_query
from app.public_api.schemas import ApiErrorSchema, CheckAnswerSchema, CheckQuerySchema

QUERY = CheckQuerySchema()


def add(blueprint: Blueprint, container: Container, limit: KeyLimit) -> None:
    """Register the route with its description."""

    @blueprint.get("/subscription/check")
    @blueprint.doc(security=[{"key": []}], parameters=[{"in": "query", "schema": CheckQuerySchema}])
    @blueprint.response(200, CheckAnswerSchema, description="Every definite answer, also a negative one")
    @blueprint.alt_response(
        400, schema=ApiErrorSchema, description="A parameter is missing, bad or doubled; a key in the address"
    )
    @blueprint.alt_response(401, schema=ApiErrorSchema, description="No well-formed Authorization header")
    @blueprint.alt_response(
        429, schema=ApiErrorSchema, description=f"Over {REQUESTS_PER_MINUTE} a minute with one key"
    )
    @blueprint.alt_response(503, schema=ApiErrorSchema, description="Not known right now; try again")
    def check() -> Response:
        """Whether the holder of the key may use the connector in this Make account now.

        Where the connector is priced per operation, each positive answer is one operation on the bill.
        """
        refuse_key_in_address(request)
        key = bearer_key(request)
        limit.count(key)
        query = strict_query(request.query_string, QUERY)
        answer = answer_check(
            container,
            key=key,
            connector=query["connector"],
            account=query["accountId"],
            operation_id=query.get("operationId"),
        )
        return Response(json.dumps(answer, ensure_ascii=False), mimetype="application/json")
