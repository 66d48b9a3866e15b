"""A person with a browser in front of a real `run.py web`, over plain HTTP."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from urllib.parse import urlencode

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')
SECONDS = 30
"""Longer than any page may take, also when Redis hangs."""


class Visitor:
    """Keeps the portal's cookie and the token of the page seen last."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookie = ""
        self._token = ""

    def finds_it_running(self) -> bool:
        """Whether the server answers by now."""
        try:
            return self.get("/healthz") == 200
        except ConnectionError:
            return False

    def get(self, path: str) -> int:
        """Open a page; its status."""
        return self._ask("GET", path, {}, None)

    def post(self, path: str, fields: dict[str, str]) -> int:
        """Open the form's page and send the form; the status."""
        self.get(path)
        body = urlencode(fields | {"csrf_token": self._token})
        return self._ask("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)

    def check(self, key: str, connector: str, account: str) -> int:
        """Ask whether the owner of the key may use the connector; the status."""
        query = urlencode({"connector": connector, "accountId": account})
        path = f"/v1/subscription/check?{query}"
        return self._ask("GET", path, {"Authorization": f"Bearer {key}"}, None)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str | None) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers | {"Cookie": self._cookie})
            answer = connection.getresponse()
            found = TOKEN.search(answer.read().decode(errors="replace"))
        finally:
            connection.close()
        self._token = found[1] if found else self._token
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("__Host-bpm="):
                self._cookie = cookie.partition(";")[0]
        return answer.status
