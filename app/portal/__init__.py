"""The portal: what customers see."""

from __future__ import annotations

from flask import Flask, Response

from app.bootstrap import Container
from app.web.errors import Failure


def install(app: Flask, container: Container) -> None:
    """Register the portal's pages."""


def error_page(failure: Failure) -> Response:
    """Show a failure to a customer."""
    return Response(failure.code)
