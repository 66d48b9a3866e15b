"""BPM Centr: the factories of its three web applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.bootstrap import Container

LONGEST_REQUEST = 2 * 1024 * 1024
MOST_FORM_PARTS = 200


def create_public_app(container: Container) -> Flask:
    """The portal, the public API and webhooks; in demo and tests the demo pages as well."""
    from app import demo, portal
    from app.cli import bpm
    from app.public_api import blueprint, webhooks
    from app.web import errors, health, limits, security_headers

    app = _flask(container, "portal")
    settings = container.settings
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME="__Host-bpm",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    limits.install(app, settings)
    security_headers.install(app, https=settings.base_url.startswith("https:"))
    blueprint.install(app, container)
    app.register_blueprint(webhooks.create_blueprint(container))
    app.register_blueprint(health.create_blueprint(container, background=True))
    errors.install(app, portal.error_page)
    portal.install(app, container)
    if not settings.is_production:
        demo.install(app, container)
    app.cli.add_command(bpm)
    return app


def create_api_app(container: Container) -> Flask:
    """The public API alone."""
    from app.public_api import blueprint
    from app.web import errors, health, security_headers

    app = _flask(container, "api")
    security_headers.install(app, https=container.settings.base_url.startswith("https:"))
    errors.install(app)
    blueprint.install(app, container)
    app.register_blueprint(health.create_blueprint(container, background=False))
    return app


def create_back_office_app(container: Container) -> Flask:
    """Flask-AppBuilder for staff, mounted under /admin."""
    from app import views

    app = _flask(container, "back_office")
    views.install(app, container)
    return app


def _flask(container: Container, name: str) -> Flask:
    from flask import Flask

    app = Flask(f"app.{name}", root_path=__path__[0], static_folder="static", template_folder="templates")
    app.config.update(
        MAX_CONTENT_LENGTH=LONGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=list(container.settings.hosts),
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        TESTING=False,
    )
    return app
