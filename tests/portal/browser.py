"""A browser for tests: cookies, CSRF tokens, and a clean context for every request, as on a server."""

from __future__ import annotations

import contextvars
import re
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import PASSWORD

HOST = "https://localhost"
TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')
ANY_PAGE = "/registered"


class Browser:
    """Keeps cookies like a browser; the portal's cookie is Secure, so it speaks https."""

    def __init__(self, app: Flask, language: str = "ru") -> None:
        self.client = app.test_client()
        self.language = language
        self._token: str | None = None

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._open("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        """Send a form with a token of this session; a list of pairs may repeat a field."""
        pairs = list(data.items()) if isinstance(data, dict) else list(data or [])
        return self.post_bare(path, [("csrf_token", self.token()), *pairs], **options)

    def post_bare(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        """Send a form as it is, without a token."""
        if isinstance(data, list):
            fields: dict[str, list[Any]] = {}
            for name, value in data:
                fields.setdefault(name, []).append(value)
            data = fields
        return self._open("POST", path, data=data, **options)

    def token(self) -> str:
        """A CSRF token of this session: that of the page seen last."""
        if self._token is None:
            self.get(ANY_PAGE)
        assert self._token is not None, "every page carries a token"
        return self._token

    def log_in(self, email: str, password: str = PASSWORD, **options: Any) -> TestResponse:
        """Fill the login form."""
        return self.post("/login", {"email": email, "password": password}, **options)

    def cookie(self) -> str | None:
        """The portal's cookie."""
        cookie = self.client.get_cookie("__Host-bpm")
        return None if cookie is None else cookie.value

    def take_cookie(self, value: str) -> None:
        """Use a copied cookie."""
        self.client.set_cookie("__Host-bpm", value, secure=True)
        self._token = None

    def _open(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Referer": f"{HOST}/", "Accept-Language": self.language} | options.pop("headers", {})

        def send() -> TestResponse:
            return self.client.open(path, method=method, base_url=HOST, headers=headers, **options)

        # pytest-flask keeps a request open around every test; in its context `g` would outlive a request.
        answer = contextvars.Context().run(send)
        found = TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        if found is not None:
            self._token = found[1]
        elif answer.headers.getlist("Set-Cookie"):
            self._token = None  # a login or logout starts another session
        return answer


class _Text(HTMLParser):
    """Collects what a reader sees or hears."""

    HIDDEN = ("script", "style", "code", "select", "option")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self.HIDDEN
        heard = ("aria-label", "title", "placeholder", "alt", "data-label")
        self.texts += [value for name, value in attributes if name in heard and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self.HIDDEN

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def visible_text(page: TestResponse) -> str:
    """The page's words, with those that only screen readers say, without code and lists of countries."""
    parser = _Text()
    parser.feed(page.text)
    return " ".join(" ".join(parser.texts).split())
