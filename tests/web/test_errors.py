"""Every failure has a status, a stable code and the right form."""

from __future__ import annotations

import pytest
from flask import Flask, Response
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.billing.errors import BillingError, Conflict, InvalidInput, NotFound, NotPermitted
from app.web import errors
from app.web.errors import ApiError, Failure


def failing(error: Exception, *, pages: bool = True) -> Flask:
    """An application that fails in the same way on an API path and on a page."""
    app = Flask("failing")

    def page(failure: Failure) -> Response:
        return Response(f"<h1>{failure.code}</h1>", mimetype="text/html")

    def fail() -> str:
        raise error

    app.add_url_rule("/v1/fail", "api", fail)
    app.add_url_rule("/fail", "page", fail)
    errors.install(app, page if pages else None)
    return app


CASES = [
    (ApiError(418, "TEAPOT", "short and stout"), 418, "TEAPOT"),
    (NotFound("invoice"), 404, "NOT_FOUND"),
    (InvalidInput("inn", code="INN_INVALID"), 400, "INN_INVALID"),
    (NotPermitted(), 403, "NOT_PERMITTED"),
    (Conflict(), 409, "CONFLICT"),
    (BillingError("no answer"), 503, "TRY_AGAIN"),
    (OperationalError("SELECT", {}, Exception()), 503, "TRY_AGAIN"),
    (InterfaceError("SELECT", {}, Exception()), 503, "TRY_AGAIN"),
    (PoolTimeout(), 503, "TRY_AGAIN"),
    (DataError("SELECT", {}, Exception()), 500, "INTERNAL_ERROR"),
    (KeyError("secret-detail"), 500, "INTERNAL_ERROR"),
]
by_name = pytest.mark.parametrize(
    ("error", "status", "code"),
    CASES,
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)


@by_name
def test_programs_get_json(error: Exception, status: int, code: str) -> None:
    response = failing(error).test_client().get("/v1/fail")

    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert "secret-detail" not in response.text
    assert ("Retry-After" in response.headers) == (status == 503)


@by_name
def test_people_get_a_page(error: Exception, status: int, code: str) -> None:
    response = failing(error).test_client().get("/fail")

    assert (response.status_code, response.text) == (status, f"<h1>{code}</h1>")


@by_name
def test_without_pages_everything_is_json(error: Exception, status: int, code: str) -> None:
    response = failing(error, pages=False).test_client().get("/fail")

    assert (response.status_code, response.get_json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/x", "/webhooks/x", "/metrics/x"])
def test_unknown_paths_of_the_api_are_json(path: str) -> None:
    assert failing(KeyError()).test_client().get(path).get_json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize("path", ["/", "/v12", "/x/v1/"])
def test_unknown_pages_are_pages(path: str) -> None:
    assert failing(KeyError()).test_client().get(path).text == "<h1>NOT_FOUND</h1>"
