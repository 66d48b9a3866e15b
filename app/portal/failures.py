"""Failures as pages: the right status, a sentence, what to do, a number for support."""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import SecurityError

from app.portal.messages import SENTENCES, sentence_for
from app.web.errors import Failure

log = structlog.get_logger()


def install(app: Flask) -> None:
    """Give every request a number; answer a form without a valid token by a page that says so."""

    def number_request() -> None:
        g.request_id = secrets.token_hex(6)
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    def forget_number(_error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("request_id")

    def csrf_failed(error: CSRFError) -> Response:
        return error_page(Failure(400, "CSRF_FAILED", error.description or "", {}))

    app.before_request(number_request)
    app.teardown_request(forget_number)
    app.register_error_handler(CSRFError, csrf_failed)


def error_page(failure: Failure) -> Response:
    """Show a failure to a customer, never its inside."""
    log.info("error_page", status=failure.status, code=failure.code)
    if not _host_is_ours():
        # Under a strange name no address of ours can be written, so there is no page to draw.
        return Response(failure.code, failure.status, mimetype="text/plain")
    response = make_response(
        render_template(
            "error.html",
            code=failure.status,
            title=_title(failure.status),
            message=_message(failure),
            advice=_advice(failure.status),
            request_id=g.get("request_id"),
        )
    )
    response.status_code = failure.status
    response.headers["Cache-Control"] = "no-store"
    return response


def _host_is_ours() -> bool:
    try:
        return bool(request.host)
    except SecurityError:
        return False


def _title(status: int) -> str:
    titles = {
        400: _("The request could not be processed"),
        403: _("No access"),
        404: _("Page not found"),
        405: _("This can't be done here"),
        409: _("This can't be done now"),
        413: _("That was too much"),
        429: _("Too many attempts"),
        503: _("The service is busy"),
    }
    return str(titles.get(status, _("Something went wrong")))


def _message(failure: Failure) -> str:
    """The sentence of the code; a code without one is shown by what its status means."""
    if failure.code in SENTENCES:
        return sentence_for(failure.code)
    by_status = {400: "BAD_REQUEST", 403: "FORBIDDEN", 404: "NOT_FOUND", 409: "CONFLICT", 503: "TRY_AGAIN"}
    return sentence_for(by_status.get(failure.status, "INTERNAL_ERROR"))


def _advice(status: int) -> list[str]:
    if status == 404:
        return [_("Check the address."), _("If you came by a link in our message, log in first.")]
    if status >= 500:
        return [_("Try again in a minute."), _("If it happens again, send us the request number below.")]
    return []
