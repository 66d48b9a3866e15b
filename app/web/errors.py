"""Errors: a stable code for every failure, as JSON for programs and as a page for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from flask import Flask, Response, jsonify, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.billing.errors import BillingError, Conflict, InvalidInput, NotFound, NotPermitted

API_PREFIXES = ("/v1/", "/webhooks/", "/healthz", "/readyz", "/metrics")
RETRY_AFTER_SECONDS = 5

HTTP_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
    414: "ADDRESS_TOO_LONG",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "INVALID_INPUT",
    429: "TOO_MANY_REQUESTS",
}
STATUS_OF_ERROR: tuple[tuple[type[BillingError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 400),
    (NotPermitted, 403),
    (Conflict, 409),
    (BillingError, 503),
)

log = structlog.get_logger()


class ApiError(Exception):
    """An answer other than 200, with its code and headers."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.failure = Failure(status, code, message, dict(headers or {}))


def is_api_request() -> bool:
    """Whether the request was meant for the API, so that its errors are JSON."""
    return request.path == "/v1" or request.path.startswith(API_PREFIXES)


def error_answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as the API gives it."""
    response = jsonify(code=code, message=message)
    response.status_code = status
    response.headers.update(headers or {})
    return response


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a request: the status, the stable code, a sentence for engineers, headers."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str]


UNAVAILABLE = Failure(
    503,
    "TRY_AGAIN",
    "The answer is not known right now. Please try again.",
    {"Retry-After": str(RETRY_AFTER_SECONDS)},
)
"""When we can't know: Make retries a 503, it would kill a scenario on a 401 or 403."""

Page = Callable[[Failure], Response]
"""Shows a failure to a person."""


def install(app: Flask, page: Page | None = None) -> None:
    """Answer every failure: as JSON on the API's paths, elsewhere by the given page (or JSON as well)."""

    def answer(failure: Failure) -> Response:
        if page is not None and not is_api_request():
            response = page(failure)
            response.status_code = failure.status
            response.headers.update(failure.headers)
            return response
        return error_answer(failure.status, failure.code, failure.message, failure.headers)

    app.register_error_handler(ApiError, lambda error: answer(error.failure))
    app.register_error_handler(HTTPException, lambda error: answer(_of_http_error(error)))
    app.register_error_handler(BillingError, lambda error: answer(_of_billing_error(error)))
    app.register_error_handler(DBAPIError, lambda error: answer(_of_database_error(error)))
    app.register_error_handler(PoolTimeout, lambda error: answer(_of_database_error(error)))


def _of_http_error(error: HTTPException) -> Failure:
    status = error.code or 500
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if status == 429:
        headers["Retry-After"] = "1"
    code = HTTP_CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "ERROR")
    return Failure(status, code, error.description or error.name, headers)


def _of_billing_error(error: BillingError) -> Failure:
    status = next(status for kind, status in STATUS_OF_ERROR if isinstance(error, kind))
    return UNAVAILABLE if status == 503 else Failure(status, error.code, error.code, {})


def _of_database_error(error: DBAPIError | PoolTimeout) -> Failure:
    """A broken connection or an exhausted pool passes; a broken statement is our mistake."""
    log.error("database_error", error=type(error).__name__)
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError):
        return UNAVAILABLE
    return Failure(500, "INTERNAL_ERROR", "Something broke on our side.", {})
