"""Serves the double over HTTP, with the lost answers and cut lines that it is told to have."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.payments.stripe.double.provider import REFUSALS, Double, Misdeed
from tests.payments.stripe.double.shapes import Body

HANGS = {Misdeed.HANG_BEFORE, Misdeed.HANG_AFTER}
UNHEARD = {Misdeed.HANG_BEFORE, Misdeed.DROP_BEFORE}
UNANSWERED = {Misdeed.HANG_AFTER, Misdeed.DROP_AFTER}


class Conversation(BaseHTTPRequestHandler):
    """One connection to the double."""

    protocol_version = "HTTP/1.1"
    double: Double

    def do_GET(self) -> None:
        self._serve("GET", urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._serve("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def _serve(self, method: str, form: str) -> None:
        path, key = urlsplit(self.path).path, self.headers.get("Idempotency-Key")
        self.double.requests.append(f"{method} {path} {key or ''}".strip())
        misdeed = self.double.next_misdeed(f"{method} {path}")
        if misdeed in REFUSALS:
            self._send(REFUSALS[misdeed].status, json.dumps(self._leaking(misdeed)))
            return
        if misdeed not in UNHEARD:
            status, body = self.double.answer(method, path.removeprefix("/v1/"), form, key, misdeed)
        if misdeed in HANGS:
            self.double.woken.wait(10)
        if misdeed in UNHEARD | UNANSWERED:
            self.close_connection = True
            return
        self._send(status, '{"object": "strange"}' if misdeed is Misdeed.NONSENSE else body)

    def _leaking(self, misdeed: Misdeed) -> Body:
        """An error that repeats the key: what is logged must not."""
        body = copy.deepcopy(REFUSALS[misdeed].body)
        body["error"]["message"] = f"Invalid API Key provided: {self.headers['Authorization']}"
        return body

    def _send(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Request-Id", "req_1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def serving(double: Double) -> Iterator[str]:
    """Serve the double on a free port; answers its address."""
    handler = type("DoubleConversation", (Conversation,), {"double": double})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        double.woken.set()
        server.shutdown()
        thread.join()
        server.server_close()
