"""Holds what goes to PayPal and what its double answers against PayPal's own OpenAPI descriptions.

The descriptions stand outside the repository (../shared/paypal); without them nothing is checked here,
and test_conformity.py says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

FOLDER = Path(__file__).parents[5] / "shared" / "paypal"
DESCRIPTIONS = (
    "checkout_orders_v2",
    "payments_payment_v2",
    "vault_payment_tokens_v3",
    "notifications_webhooks_v1",
)
UNDESCRIBED = ("/v1/oauth2/token", "/v1/customer/disputes/", "/cgi-bin/webscr")
"""What the descriptions at hand don't speak of."""
NEWER_THAN_THE_DESCRIPTIONS = {"payment_source.paypal.stored_credential"}
"""PayPal's SDK 2.4 and its documentation have it, the description of the orders (2.13) not yet."""
Json = Any


@dataclass(frozen=True)
class Operation:
    """One method of one path, with the description that it stands in."""

    pattern: re.Pattern[str]
    method: str
    document: dict[str, Json]
    parameters: list[Json]
    described: dict[str, Json]


def present() -> bool:
    """Whether the descriptions are here."""
    return all((FOLDER / f"{name}.json").is_file() for name in DESCRIPTIONS)


def complaints_of_request(
    method: str, path: str, headers: Mapping[str, str], query: Mapping[str, str], body: Json
) -> list[str]:
    """What is wrong with a request; nothing when it may be sent so, or when nothing describes it."""
    if not present() or path.startswith(UNDESCRIBED):
        return []
    operation = _operation(method, path)
    if operation is None:
        return [f"{method} {path}: no such operation"]
    found = [f"{method} {path}: {each}" for each in _parameters(operation, headers, query)]
    content = _resolved(operation.document, operation.described.get("requestBody", {})).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return found if body is None else [*found, f"{method} {path}: takes no body"]
    found += _errors(operation.document, schema, body or {})
    unknown = set(_unknown(operation.document, schema, body, "")) - NEWER_THAN_THE_DESCRIPTIONS
    return found + [f"{method} {path}: unknown field {name}" for name in sorted(unknown)]


def complaints_of_answer(method: str, path: str, status: int, body: Json) -> list[str]:
    """What is wrong with an answer of the double: PayPal would not answer so."""
    if not present() or path.startswith(UNDESCRIBED):
        return []
    operation = _operation(method, path)
    assert operation is not None, f"{method} {path}"
    responses = operation.described["responses"]
    response = responses.get(str(status), responses.get("default"))
    if response is None:
        return [] if status in {401, 404, 429, 500, 503} else [f"{method} {path}: answers no {status}"]
    content = _resolved(operation.document, response).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return [] if schema is None or body is None else _errors(operation.document, schema, body)


@cache
def _operations() -> list[Operation]:
    found = []
    for name in DESCRIPTIONS:
        document = json.loads((FOLDER / f"{name}.json").read_bytes(), object_hook=_without_wording)
        if name.startswith("vault"):
            # Its enum knows only BILLING_AGREEMENT; PayPal's documentation exchanges a SETUP_TOKEN.
            kinds = document["components"]["schemas"]["token_id_request"]["properties"]["type"]
            kinds["enum"] = [*kinds["enum"], "SETUP_TOKEN"]
        for path, methods in document["paths"].items():
            pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
            for method, described in methods.items():
                if method in {"get", "post", "patch", "delete"}:
                    given = [*methods.get("parameters", []), *described.get("parameters", [])]
                    found.append(Operation(pattern, method.upper(), document, given, described))
    return found


def _without_wording(described: dict[str, Json]) -> dict[str, Json]:
    """Properties of errors without the enums of their texts and issues.

    Clients must not depend on the texts, and a double has to refuse as nobody expects; our tables of
    issues are held against the lists of issues in test_conformity.py.
    """
    if "issue" in described or "debug_id" in described:
        for name in {"issue", "description", "message", "field", "value"} & set(described):
            if isinstance(described[name], dict):
                described[name] = {key: text for key, text in described[name].items() if key != "enum"}
    return described


def _operation(method: str, path: str) -> Operation | None:
    return next(
        (each for each in _operations() if each.method == method and each.pattern.fullmatch(path)), None
    )


def _parameters(operation: Operation, headers: Mapping[str, str], query: Mapping[str, str]) -> Iterator[str]:
    known = set()
    for reference in operation.parameters:
        parameter = _resolved(operation.document, reference)
        where, name = parameter["in"], parameter["name"]
        if where not in {"header", "query"}:
            continue
        values = {key.lower(): value for key, value in (headers if where == "header" else query).items()}
        if where == "query":
            known.add(name)
        value = values.get(name.lower())
        if value is None and parameter.get("required") and name != "Authorization":
            yield f"{name} is missing"
        elif value is not None:
            typed = int(value) if parameter["schema"].get("type") == "integer" else value
            yield from _errors(operation.document, parameter["schema"], typed)
    yield from (f"unknown parameter {name}" for name in set(query) - known)


def _errors(document: dict[str, Json], schema: Json, body: Json) -> list[str]:
    whole = {"components": document["components"], "allOf": [schema]}
    validator = jsonschema_rs.Draft4Validator(whole)
    return [
        f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(body)
    ]


def _unknown(document: dict[str, Json], schema: Json, body: Json, path: str) -> Iterator[str]:
    """Fields that the description does not know: it forbids none, so that a slip would pass for valid."""
    schema = _resolved(document, schema)
    if isinstance(body, list):
        for each in body:
            yield from _unknown(document, schema.get("items", {}), each, path)
    if not isinstance(body, dict) or schema.get("additionalProperties"):
        return
    properties = dict(_properties(document, schema))
    for name, value in body.items():
        here = f"{path}.{name}".lstrip(".")
        if name not in properties:
            yield here
        else:
            yield from _unknown(document, properties[name], value, here)


def _properties(document: dict[str, Json], schema: Json) -> Iterator[tuple[str, Json]]:
    schema = _resolved(document, schema)
    yield from schema.get("properties", {}).items()
    for combined in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(combined, []):
            yield from _properties(document, part)


def _resolved(document: dict[str, Json], schema: Json) -> Json:
    while "$ref" in schema:
        target: Json = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = target
    return schema
