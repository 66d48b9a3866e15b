"""Reads requests strictly: one Bearer key, every parameter once, UTF-8, within its length."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from marshmallow import EXCLUDE, Schema, ValidationError

from app.web.errors import ApiError

BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{1,256}) *", re.IGNORECASE)
MOST_PARAMETERS = 20


def bearer_key(request: Request) -> str:
    """The key of the Authorization header; a missing or malformed one is the only 401 of the check."""
    values = request.headers.getlist("Authorization")
    match = BEARER.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        raise ApiError(
            401,
            "AUTHORIZATION_MALFORMED" if values else "AUTHORIZATION_MISSING",
            "Send the key in one header: Authorization: Bearer bpm_prod_…",
            {"WWW-Authenticate": "Bearer"},
        )
    return match[1]


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
        raise ApiError(400, "QUERY_MALFORMED", "The query string can't be read.") from error
    names = [name for name, _ in pairs if name in schema.fields]
    for name in names:
        if names.count(name) > 1:
            raise ApiError(400, "PARAMETER_DUPLICATED", f"The parameter {name} is given more than once.")
    return load(schema, dict(pairs))


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
            f"{name}: {'is required' if missing else _first(problems)}",
        ) from error
    return loaded


def _first(problems: Any) -> str:
    while isinstance(problems, dict):
        problems = next(iter(problems.values()))
    return str(problems[0])
