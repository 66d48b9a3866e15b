"""A double of PayPal on a port of its own: it keeps books, checks what it is sent, and can misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.serving import make_server

from tests.clock import ManualClock
from tests.payments.paypal.double import conformity
from tests.payments.paypal.double.books import Books, Json, Refused, missing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WEBHOOK_ID = "WEBHOOK1"
CLIENT = ("client-1", "client-secret-canary")
CERTIFICATE = "https://api.paypal.com/v1/notifications/certs/CERT-1"
TOKEN_LASTS = 9 * 60 * 60


@dataclass
class Fault:
    """What goes wrong the next time that an operation is asked for, e.g. `POST /v2/checkout/orders`.

    `after`: PayPal does what it was asked for, and only its answer goes wrong. Without a status the
    connection is cut, or after `delay` seconds if given.
    """

    operation: str
    after: bool = False
    status: int | None = None
    issue: str = "INTERNAL_SERVER_ERROR"
    delay: float = 0.0
    body: bytes | None = None


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    operation: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class PayPalDouble:
    """Use as a context manager; `complaints` holds what contradicts PayPal's descriptions."""

    clock: ManualClock
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    tokens_given: int = 0
    ipn_sent: set[bytes] = field(default_factory=set)
    page_size: int = 100

    def __post_init__(self) -> None:
        self.books = Books(self.clock)
        self._lock = Lock()
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> PayPalDouble:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def asked(self, operation: str) -> list[Seen]:
        """The requests of one kind, in order."""
        return [each for each in self.seen if each.operation == operation]

    def forget_tokens(self) -> None:
        """Every access token given so far is refused from now on."""
        self.tokens.clear()

    def webhook(self, event: Json) -> tuple[bytes, str]:
        """The bytes of the message about an event, and its five headers."""
        body = json.dumps(event, indent=3, ensure_ascii=False).encode()
        return body, self.signature(body)

    def signature(self, body: bytes) -> str:
        """The five headers under which these bytes are sent now."""
        headers = {
            "transmission_id": "tx-1",
            "transmission_time": self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cert_url": CERTIFICATE,
            "auth_algo": "SHA256withRSA",
        }
        return json.dumps({**headers, "transmission_sig": _signature(headers, WEBHOOK_ID, body)})

    def _application(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        headers = _headers(environ)
        query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        with self._lock:
            delay, status, body = self._answer(method, path, headers, query, raw)
        time.sleep(delay)
        if status is None:
            with suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            status = 500
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        start_response(f"{status} -", [("Content-Type", "application/json"), ("PayPal-Debug-Id", "debug-1")])
        return [content]

    def _answer(
        self, method: str, path: str, headers: dict[str, str], query: dict[str, str], raw: bytes
    ) -> tuple[float, int | None, Any]:
        operation, run = self._route(method, path, headers, query, raw)
        document = _parsed(raw) if "json" in headers.get("content-type", "") else None
        self.seen.append(Seen(operation, path, headers, raw if document is None else document))
        self.complaints += conformity.complaints_of_request(method, path, headers, query, document)
        fault = next((each for each in self.faults if each.operation == operation), None)
        if fault is not None:
            self.faults.remove(fault)
            if not fault.after:
                return _misbehave(fault)
        status, body = self._run(path, headers, run)
        if fault is not None:
            return _misbehave(fault)
        if not isinstance(body, bytes):
            self.complaints += conformity.complaints_of_answer(method, path, status, body)
        return 0.0, status, body

    def _run(self, path: str, headers: dict[str, str], run: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if path.startswith("/v") and path != "/v1/oauth2/token" and token not in self.tokens:
            return 401, _error(401, "INVALID_TOKEN", [])
        try:
            return run()
        except Refused as refused:
            return refused.status, _error(refused.status, refused.issue, refused.links)

    def _route(
        self, method: str, path: str, headers: dict[str, str], query: dict[str, str], raw: bytes
    ) -> tuple[str, Callable[[], tuple[int, Any]]]:
        """The operation, named without ids, and what it does."""
        books, key = self.books, headers.get("paypal-request-id", "")
        body = _parsed(raw)
        routes: dict[str, Callable[[str], tuple[int, Any]]] = {
            "POST /v1/oauth2/token": lambda _: self._token(headers),
            "POST /v2/checkout/orders": lambda _: (201, books.create_order(body, key)),
            "GET /v2/checkout/orders/*": lambda one: (200, books.show_order(one)),
            "PATCH /v2/checkout/orders/*": lambda one: _done(lambda: books.patch_order(one, body)),
            "POST /v2/checkout/orders/*/capture": lambda one: (201, books.capture(one, key)),
            "GET /v2/payments/captures/*": lambda one: (200, books.find_capture(one)),
            "POST /v2/payments/captures/*/refund": lambda one: (201, books.refund(one, body, key)),
            "GET /v2/payments/refunds/*": lambda one: (200, books.find_refund(one)),
            "POST /v3/vault/setup-tokens": lambda _: (201, books.create_setup(key)),
            "GET /v3/vault/setup-tokens/*": lambda one: (200, books.setup(one)),
            "POST /v3/vault/payment-tokens": lambda _: (201, books.exchange(body, key)),
            "GET /v3/vault/payment-tokens/*": lambda one: (200, books.payment_token(one)),
            "DELETE /v3/vault/payment-tokens/*": lambda one: _done(lambda: books.delete_token(one)),
            "GET /v1/customer/disputes/*": lambda one: (200, self._dispute(one)),
            "POST /v1/notifications/verify-webhook-signature": lambda _: (200, _verified(raw, body)),
            "GET /v1/notifications/webhooks-events": lambda _: (200, self._events(query)),
            "POST /cgi-bin/webscr": lambda _: (200, self._ipn(raw)),
        }
        for operation, run in routes.items():
            pattern = operation.replace("*", "([^/]+)")
            match = re.fullmatch(pattern, f"{method} {path}")
            if match:
                one = match[1] if match.groups() else ""
                return operation, lambda run=run, one=one: run(one)
        raise AssertionError(f"nobody expects {method} {path}")

    def _token(self, headers: dict[str, str]) -> tuple[int, Json]:
        if headers.get("authorization") != f"Basic {_base64(':'.join(CLIENT))}":
            return 401, {"error": "invalid_client", "error_description": "Client Authentication failed"}
        self.tokens_given += 1
        token = f"access-token-canary-{self.tokens_given}"
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LASTS}

    def _dispute(self, dispute_id: str) -> Json:
        if dispute_id not in self.books.disputes:
            raise missing()
        return self.books.disputes[dispute_id]

    def _events(self, query: dict[str, str]) -> Json:
        """Newest first, in pages; the next one is named by the instant before which it begins."""
        since, until = query["start_time"], query.get("end_time", "9")
        found = [each for each in reversed(self.books.events) if since <= each["create_time"] < until]
        size = min(int(query["page_size"]), self.page_size)
        links = []
        if len(found) > size:
            place = f"page_size={size}&start_time={since}&end_time={found[size - 1]['create_time']}"
            href = f"https://elsewhere.test/v1/notifications/webhooks-events?{place}"
            links = [{"rel": "next", "method": "GET", "href": href}]
        return {"events": found[:size], "count": len(found[:size]), "links": links}

    def _ipn(self, raw: bytes) -> bytes:
        command, _, message = raw.partition(b"&")
        return b"VERIFIED" if command == b"cmd=_notify-validate" and message in self.ipn_sent else b"INVALID"


def _misbehave(fault: Fault) -> tuple[float, int | None, Any]:
    if fault.body is not None:
        return fault.delay, fault.status or 200, fault.body
    answer = None if fault.status is None else _error(fault.status, fault.issue, [])
    return fault.delay, fault.status, answer


def _done(act: Callable[[], None]) -> tuple[int, None]:
    act()
    return 204, None


def _verified(raw: bytes, body: Json) -> Json:
    """Whether the message in the question is signed, by its bytes as they stand there."""
    event = raw.partition(b'"webhook_event": ')[2][:-1]
    good = body["transmission_sig"] == _signature(body, body["webhook_id"], event)
    return {"verification_status": "SUCCESS" if good else "FAILURE"}


def _signature(headers: Json, webhook_id: str, body: bytes) -> str:
    signed = f"{headers['transmission_id']}|{headers['transmission_time']}|{webhook_id}|{zlib.crc32(body)}"
    return f"sig{hashlib.sha256(signed.encode()).hexdigest()}"


def _error(status: int, issue: str, links: list[Json]) -> Json:
    names = {400: "INVALID_REQUEST", 401: "AUTHENTICATION_FAILURE", 403: "NOT_AUTHORIZED"}
    names |= {404: "RESOURCE_NOT_FOUND", 409: "RESOURCE_CONFLICT", 422: "UNPROCESSABLE_ENTITY"}
    error = {
        "name": names.get(status, "INTERNAL_SERVER_ERROR"),
        "message": "It is so.",
        "debug_id": "debug-1",
        "details": [{"issue": issue, "description": "It is so."}],
    }
    return {**error, "links": links} if links else error


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return {**headers, "content-type": environ.get("CONTENT_TYPE", "")}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
