"""Headers that every answer carries."""

from __future__ import annotations

import re

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient

from app.web import security_headers

NONCE = re.compile(r"script-src 'self' 'nonce-([\w-]{22})'")


def client(*, inline_styles: bool = False, https: bool = True) -> FlaskClient:
    app = Flask("headers", static_folder=None)
    security_headers.install(app, inline_styles=inline_styles, https=https)
    app.add_url_rule("/page", "page", lambda: security_headers.csp_nonce())
    app.add_url_rule("/data", "data", lambda: jsonify(a=1))
    app.add_url_rule(
        "/own",
        "own",
        lambda: Response("", headers={"Content-Security-Policy": "sandbox", "Cache-Control": "private"}),
    )
    app.add_url_rule("/static/vendor/x.js", "vendored", lambda: "")
    return app.test_client()


def test_scripts_need_the_nonce_of_this_very_answer() -> None:
    first, second = client().get("/page"), client().get("/page")

    for response in (first, second):
        found = NONCE.search(response.headers["Content-Security-Policy"])
        assert found is not None
        assert found[1] == response.text
    assert first.text != second.text


def test_nothing_is_loaded_from_elsewhere() -> None:
    policy = client().get("/page").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_forms_lead_elsewhere_only_where_a_view_says_so() -> None:
    app = Flask("forms", static_folder=None)
    security_headers.install(app, https=True)

    def paying() -> str:
        security_headers.let_forms_lead_to(["https://checkout.example"])
        return ""

    app.add_url_rule("/paying", "paying", paying)
    app.add_url_rule("/page", "page", lambda: "")
    policies = [
        app.test_client().get(path).headers["Content-Security-Policy"] for path in ("/paying", "/page")
    ]

    assert "form-action 'self' https://checkout.example;" in policies[0]
    assert "form-action 'self';" in policies[1]


def test_style_attributes_are_allowed_only_where_asked_for() -> None:
    policy = client(inline_styles=True).get("/page").headers["Content-Security-Policy"]

    assert re.search(r"style-src 'self' 'unsafe-inline'", policy)
    assert not re.search(r"script-src[^;]*unsafe", policy)


def test_data_may_load_nothing_at_all() -> None:
    assert (
        client().get("/data").headers["Content-Security-Policy"]
        == "default-src 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("path", ["/page", "/data", "/missing"])
def test_every_answer_is_private_and_never_sniffed(path: str) -> None:
    headers = client().get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("https", [True, False])
def test_https_is_demanded_only_where_there_is_https(https: bool) -> None:
    assert ("Strict-Transport-Security" in client(https=https).get("/page").headers) is https


def test_a_view_may_be_stricter() -> None:
    headers = client().get("/own").headers

    assert (headers["Content-Security-Policy"], headers["Cache-Control"]) == ("sandbox", "private")


def test_vendored_files_stay_for_good() -> None:
    assert "immutable" in client().get("/static/vendor/x.js").headers["Cache-Control"]
