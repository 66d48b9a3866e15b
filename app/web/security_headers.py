"""Security headers of every answer, and the nonce that lets the pages' own scripts run."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from flask import Flask, Response, g, request

PRIVATE_CACHE = "no-store"
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
VENDOR_CACHE = "public, max-age=31536000, immutable"


def csp_nonce() -> str:
    """The nonce of this request's scripts and styles."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def let_forms_lead_to(hosts: Collection[str]) -> None:
    """Let the forms of this answer lead to these hosts too: browsers follow no form's answer elsewhere."""
    g.form_targets = tuple(hosts)


def install(app: Flask, *, inline_styles: bool = False, https: bool) -> None:
    """Send the headers with every answer.

    `inline_styles` is for Flask-AppBuilder's pages, whose templates carry style attributes. A view may
    set its own Content-Security-Policy; it is left alone.
    """
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    def add_headers(response: Response) -> Response:
        policy = DATA_POLICY if response.mimetype == "application/json" else _page_policy(inline_styles)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        _set_caching(response)
        return response

    app.after_request(add_headers)


def _page_policy(inline_styles: bool) -> str:
    style = "'unsafe-inline'" if inline_styles else f"'nonce-{csp_nonce()}'"
    targets = " ".join(("'self'", *g.get("form_targets", ())))
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{csp_nonce()}'; style-src 'self' {style}; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        f"form-action {targets}; "
        "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
    )


def _set_caching(response: Response) -> None:
    """Vendored files carry their version in the path and stay for good; everything else is private."""
    if "/static/vendor/" in request.path and response.status_code == 200:
        response.headers["Cache-Control"] = VENDOR_CACHE
    elif "/static/" not in request.path:
        response.headers.setdefault("Cache-Control", PRIVATE_CACHE)
