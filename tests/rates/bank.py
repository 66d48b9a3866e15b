"""A server that answers like the Bank of Russia, or as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.rates.samples import daily


@dataclass
class FakeBank:
    """A server that answers as a test wants."""

    url: str = ""
    status: int = 200
    body: bytes = daily(date(2026, 2, 28))
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def bank() -> Iterator[FakeBank]:
    fake = FakeBank()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append(self.path)
            self.send_response(fake.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(fake.body)))
            self.end_headers()
            self.wfile.write(fake.body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/scripts"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()
