"""The portal's cookie: Flask's signed session, which holds the random token of a login and no data."""

from __future__ import annotations

from flask import Flask, g, request, session

from app.bootstrap import Container
from app.services.sessions import SESSION_TERM, open_session, signed_in
from app.web.errors import is_api_request

TOKEN = "login"  # noqa: S105 - the name of a field


def install(app: Flask, container: Container) -> None:
    """Load the signed-in customer once per request, except for the API and static files."""
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_TERM
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False

    def load_customer() -> None:
        g.customer = None
        token = None if _needs_nobody() else session.get(TOKEN)
        if token:
            g.customer = signed_in(container.transactions, token=token, real_now=container.wall_clock.now())

    app.before_request(load_customer)


def sign_in(container: Container, customer_id: int) -> None:
    """Open a session for somebody who has just proved who they are."""
    token = open_session(container.transactions, customer_id=customer_id, real_now=container.wall_clock.now())
    start(token)


def start(token: str) -> None:
    """Put a fresh login into the cookie; nothing of an earlier session gets into the new one."""
    session.clear()
    session.permanent = True
    session[TOKEN] = token


def end() -> None:
    """Forget everything in the cookie."""
    session.clear()


def _needs_nobody() -> bool:
    return is_api_request() or request.endpoint == "static"
