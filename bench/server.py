"""What the measured server runs: the product, and beside it an empty Flask route at /nothing."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import create_public_app
from app.bootstrap import get_container

NOTHING = Flask("nothing")


@NOTHING.get("/")
def nothing() -> Response:
    """The least that Flask can do."""
    return Response('{"status":"ok"}', mimetype="application/json")


target = DispatcherMiddleware(create_public_app(get_container()).wsgi_app, {"/nothing": NOTHING.wsgi_app})
