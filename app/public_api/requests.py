"""Reads requests strictly: one Bearer key, every parameter once, UTF-8, within its length."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from marshmallow import EXCLUDE, Schema, ValidationError

from app.web.errors import ApiError

BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{1,256}) *", re.IGNORECASE)
KEY_IN_ADDRESS = re.compile(
    rb"(?:^|&)(?:api_?key|key|access_token|token|authorization)=|bpm_(?:prod|trial|test)_[A-Za-z0-9]{32}",
    re.IGNORECASE,
)
MOST_PARAMETERS = 20
LONGEST_REPORT = 16 * 1024
JSON_TYPE = "application/json"


def bearer_key(request: Request) -> str:
    """The key of the Authorization header; a missing or malformed one is the only 401 of the check."""
    value = request.headers.get("Authorization")
    match = BEARER.fullmatch(value) if value is not None else None
    if match is None:
        raise ApiError(
            401,
            "AUTHORIZATION_MISSING" if value is None else "AUTHORIZATION_MALFORMED",
            "Send the key in one header: Authorization: Bearer bpm_prod_…",
            {"WWW-Authenticate": "Bearer"},
        )
    return match[1]


def refuse_key_in_address(request: Request) -> None:
    """Addresses end up in logs and histories, so a key there is refused even beside a good header (A11)."""
    if KEY_IN_ADDRESS.search(request.query_string):
        raise ApiError(
            400,
            "KEY_IN_ADDRESS",
            "Never send a key in the address; send it as Authorization: Bearer, and replace this one.",
        )


def strict_query(query_string: bytes, schema: Schema) -> dict[str, Any]:
    """The parameters that the schema knows, each given once. Raises ApiError 400 with a code."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query_string),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeDecodeError as error:
        raise ApiError(400, "PARAMETER_NOT_UTF8", "Parameters must be UTF-8, percent-encoded.") from error
    except ValueError as error:
        raise ApiError(
            400, "QUERY_MALFORMED", f"The query must be name=value pairs, {MOST_PARAMETERS} at most."
        ) from error
    names = [name for name, _ in pairs if name in schema.fields]
    for name in names:
        if names.count(name) > 1:
            raise ApiError(400, "PARAMETER_DUPLICATED", f"The parameter {name} is given more than once.")
    return load(schema, dict(pairs))


def json_object(request: Request) -> dict[str, Any]:
    """The body, one JSON object in UTF-8 with every member once. Raises ApiError 400 or 415 with a code.

    A body over LONGEST_REPORT ends in werkzeug's 413.
    """
    if request.mimetype != JSON_TYPE or request.content_encoding:
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the body as {JSON_TYPE}, not compressed.")
    request.max_content_length = LONGEST_REPORT
    try:
        body = json.loads(
            request.get_data().decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_each_once
        )
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "BODY_MALFORMED", "The body must be a JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise ApiError(400, "BODY_MALFORMED", "The body must be a JSON object in UTF-8.")
    return body


def load(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Validate by the schema; unknown members are ignored. Raises ApiError 400 with a code."""
    try:
        loaded: dict[str, Any] = schema.load(dict(values), unknown=EXCLUDE)
    except ValidationError as error:
        name, problems = next(iter(error.messages_dict.items()))
        missing = name not in values
        raise ApiError(
            400,
            "PARAMETER_MISSING" if missing else "PARAMETER_INVALID",
            f"{name}: {'is required' if missing else problems[0]}",
        ) from error
    return loaded


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members
