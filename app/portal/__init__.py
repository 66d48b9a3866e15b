"""The portal: what customers see. Thin pages over the use cases: parse, one use case, render."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect

from app.bootstrap import Container
from app.portal import (
    cart,
    catalogue,
    documents,
    failures,
    frame,
    invoices,
    key_changes,
    keys,
    language,
    login,
    login_cookie,
    ordering,
    overview,
    payment_methods,
    payments,
    presentation,
    profile,
    registration,
    start,
    subscriptions,
    trial,
    work,
)
from app.portal.failures import error_page
from app.portal.pages import SlugConverter

__all__ = ["error_page", "install"]

PARTS = (
    start, language, registration, login, overview, trial, work, catalogue, cart, ordering,
    invoices, subscriptions, payments, payment_methods, documents, keys, key_changes, profile,
)  # fmt: skip
WITHOUT_COOKIES = ("public_api", "webhooks")
"""Blueprints that take no cookie, so that no foreign page can misuse one."""


def install(app: Flask, container: Container) -> None:
    """Register the portal's pages. Every form of the app, the demo's too, needs a CSRF token."""
    failures.install(app)
    login_cookie.install(app, container)
    language.install(app)
    presentation.install(app)
    frame.install(app, container)
    _protect_forms(app)
    app.url_map.converters["slug"] = SlugConverter
    blueprint = Blueprint("portal", __name__, template_folder="templates")
    for part in PARTS:
        part.pages.register(blueprint, container)
    app.register_blueprint(blueprint)


def _protect_forms(app: Flask) -> None:
    """A token is good as long as the session: nobody loses a form over a long lunch."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    protection = CSRFProtect(app)
    for name in WITHOUT_COOKIES:
        protection.exempt(app.blueprints[name])
