"""The public API under /v1. It takes the key's header only and ignores cookies."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api, Blueprint

from app.bootstrap import Container
from app.public_api import check_route, usage_route
from app.public_api.key_limit import KeyLimit
from app.public_api.schemas import ApiErrorSchema

DESCRIPTION = (
    "Asks whether a customer may use a connector in a Make account. Every error is JSON with a stable `code`."
)


class PublicApi(Api):
    """flask-smorest without its own error handlers: the portal beside the API answers in HTML."""

    ERROR_SCHEMA = ApiErrorSchema

    def _register_error_handlers(self) -> None:
        """The factory installs ours."""


def install(app: Flask, container: Container) -> None:
    """Register the routes and the OpenAPI description at /v1/openapi.json."""
    app.config.update(
        API_TITLE="BPM Centr",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            "info": {"description": DESCRIPTION},
            "servers": [{"url": container.settings.base_url}],
        },
    )
    blueprint = Blueprint("public_api", __name__, url_prefix="/v1")
    limit = KeyLimit()
    check_route.add(blueprint, container, limit)
    usage_route.add(blueprint, container, limit)
    PublicApi(app).register_blueprint(blueprint)
