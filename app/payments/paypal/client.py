"""A thin client of PayPal's REST API: bearer token, timeouts, definite answers told from silence.

It exists because PayPal's own SDK has neither webhooks nor disputes, carries no types, and takes the
idempotency key as one optional field among many; here it can't be forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import structlog

from app.billing.ports import Clock
from app.payments.paypal.errors import NoAnswer
from app.payments.paypal.settings import PayPalSettings
from app.payments.paypal.tokens import AccessTokens, Bearer

TIMEOUTS = (3.05, 8.0)
"""Seconds to connect and to wait for bytes: token and call together end before the janitor asks (30 s)."""
REFUSALS = frozenset({400, 404, 422})
"""Statuses by which PayPal says that it did nothing. After every other failure nobody knows."""
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What PayPal definitely said: it did it, or refused."""

    status: int
    body: Mapping[str, Any]

    @property
    def done(self) -> bool:
        """Whether it did what it was asked for."""
        return self.status < 300

    @property
    def missing(self) -> bool:
        """Whether it has never heard of the object, or not any more."""
        return self.status == 404

    @property
    def issue(self) -> str:
        """The stable code of a refusal."""
        for detail in self.body.get("details") or ():
            if isinstance(detail, Mapping) and isinstance(detail.get("issue"), str):
                return str(detail["issue"])
        return str(self.body.get("name") or f"HTTP_{self.status}")


def path_of(collection: str, identifier: str, action: str = "") -> str:
    """The path of one object; raises NoAnswer for an id that could lead to another path."""
    if not IDENTIFIER.fullmatch(identifier):
        raise NoAnswer("an id that is none of PayPal's")
    return f"{collection}/{identifier}{action}"


class PayPalClient:
    """Sends requests; safe between threads. Every method raises NoAnswer when the end is not known."""

    def __init__(self, settings: PayPalSettings, clock: Clock) -> None:
        self._settings = settings
        self._tokens = AccessTokens(settings, clock, TIMEOUTS)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Read."""
        return self._send("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """Have something done once: the same key again is the same thing."""
        return self._send("POST", path, body=json.dumps(body).encode(), key=key)

    def post_raw(self, path: str, body: bytes) -> Answer:
        """Ask a question whose body must keep its bytes; nothing is changed by it."""
        return self._send("POST", path, body=body)

    def patch(self, path: str, operations: list[Mapping[str, Any]]) -> Answer:
        """Change an object; the same again changes nothing more."""
        return self._send("PATCH", path, body=json.dumps(operations).encode())

    def delete(self, path: str) -> Answer:
        """Delete an object."""
        return self._send("DELETE", path)

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        key: str | None = None,
    ) -> Answer:
        headers = {"Accept": "application/json", "Prefer": "return=representation"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["PayPal-Request-Id"] = key
        token = self._tokens.current()
        response = self._call(method, path, query, body, headers, token)
        if response.status_code == 401:
            # Revoked before its time: once more with a new one, under the same key.
            response = self._call(method, path, query, body, headers, self._tokens.instead_of(token))
        return _answer(method, path, response)

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str],
        token: str,
    ) -> requests.Response:
        try:
            return requests.request(
                method,
                self._settings.api_url + path,
                params=query,
                data=body,
                headers=headers,
                auth=Bearer(token),
                timeout=TIMEOUTS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            log.warning("paypal_silent", method=method, path=_kind(path), error=type(error).__name__)
            raise NoAnswer(type(error).__name__) from None  # its text may hold the request


def _answer(method: str, path: str, response: requests.Response) -> Answer:
    status = response.status_code
    answer = Answer(status, _body(response))
    log.info(
        "paypal_answer",
        method=method,
        path=_kind(path),
        status=status,
        issue=None if answer.done else answer.issue,
        debug_id=response.headers.get("PayPal-Debug-Id"),
    )
    if not 200 <= status < 300 and status not in REFUSALS:
        raise NoAnswer(f"HTTP {status}")
    return answer


def _body(response: requests.Response) -> Mapping[str, Any]:
    if response.status_code == 204 or not response.content:
        return {}
    try:
        body = response.json()
    except requests.JSONDecodeError:
        body = None
    if isinstance(body, dict):
        return body
    if response.ok:
        raise NoAnswer("not JSON")
    return {}


def _kind(path: str) -> str:
    """The path without ids: a payment token is nobody's business in a log."""
    return "/".join(path.split("/")[:4])
