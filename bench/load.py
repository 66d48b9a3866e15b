"""Load generator: keeps connections busy with prepared requests and prints what came back as JSON.

`python -m bench.load PORT FILE SECONDS CONNECTIONS`; each line of FILE holds an address (path and query)
and a key.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from itertools import cycle
from pathlib import Path

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Connection:
    """One keep-alive connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self._sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Start the next request."""
        self._received = b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[bool, float] | None:
        """Read what is there: whether the answer was a 200, and its seconds; None while it is unfinished."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._received += part
        head, end, body = self._received.partition(HEAD_END)
        if not end:
            return None
        start = head.lower().index(LENGTH) + len(LENGTH)
        if len(body) < int(head[start:].split(b"\r\n", 1)[0]):
            return None
        return head.startswith(b"HTTP/1.1 200 "), time.perf_counter() - self._sent_at


def run(port: int, requests: list[bytes], seconds: float, connections: int) -> dict[str, float]:
    """Keep `connections` busy for `seconds`; counts, and latencies in milliseconds."""
    latencies: list[float] = []
    refused = 0
    following = cycle(requests)
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(following))
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for key, _ in selector.select(timeout=1):
            answer = key.data.receive()
            if answer is not None:
                latencies.append(answer[1])
                refused += not answer[0]
                key.data.send(next(following))
    latencies.sort()
    return {
        "requests": len(latencies),
        "refused": refused,
        "seconds": elapsed,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
    }


def request_line(line: str) -> bytes:
    """The request for one line of the file."""
    address, _, key = line.partition(" ")
    return f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def main(port: str, file: str, seconds: str, connections: str) -> None:
    """Run as a program of its own, so that the server's processor is not shared with it."""
    requests = [request_line(line) for line in Path(file).read_text(encoding="ascii").splitlines()]
    sys.stdout.write(json.dumps(run(int(port), requests, float(seconds), int(connections))))


if __name__ == "__main__":
    main(*sys.argv[1:])
