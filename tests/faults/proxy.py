"""A line between the product and PostgreSQL that a test cuts in the middle of a COMMIT (fault 10)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The message with which psycopg commits: its type, its length, the statement."""
PIECE = 65_536


class Cut(Enum):
    """What the server has done when the line breaks; the product can't tell one from the other."""

    BEFORE_THE_SERVER_HEARD = "rolled back"
    BEFORE_THE_ANSWER_ARRIVED = "committed"


class Line:
    """One connection through the proxy."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._client = client
        self._server = server
        self._swallows_answer = False

    def send_to_server(self, cut: CutOrder) -> None:
        """Carry what the product says until the line ends or is cut."""
        for message in pieces(self._client):
            order = cut.take() if COMMIT in message else None
            if order is Cut.BEFORE_THE_SERVER_HEARD:
                break
            self._swallows_answer = order is Cut.BEFORE_THE_ANSWER_ARRIVED
            self._server.sendall(message)
        if not self._swallows_answer:
            self.close()

    def send_to_client(self) -> None:
        """Carry what the server says; of a cut line the answer is the end."""
        for message in pieces(self._server):
            if self._swallows_answer:
                break
            self._client.sendall(message)
        self.close()

    def close(self) -> None:
        """End both sides."""
        for side in (self._client, self._server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()


class CutOrder:
    """Which of the next COMMITs is to be cut, if any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: Cut | None = None
        self.done = 0

    def give(self, cut: Cut) -> None:
        """Cut the next COMMIT that comes along."""
        with self._lock:
            self._next = cut

    def take(self) -> Cut | None:
        """What happens to the COMMIT that is passing: an order holds for one."""
        with self._lock:
            cut, self._next = self._next, None
            self.done += cut is not None
            return cut


class PostgresProxy:
    """Listens on a port of its own and carries everything to the server's socket, until told to cut."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._order = CutOrder()
        self.port = int(self._listener.getsockname()[1])

    @property
    def cuts(self) -> int:
        """How many lines were cut."""
        return self._order.done

    def cut_next_commit(self, cut: Cut) -> None:
        """Cut the line at the next COMMIT, once."""
        self._order.give(cut)

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                self._carry(self._listener.accept()[0])

    def close(self) -> None:
        """Take no more connections; those that stand end with their sides."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._server))
        line = Line(client, server)
        threading.Thread(target=line.send_to_server, args=(self._order,), daemon=True).start()
        threading.Thread(target=line.send_to_client, daemon=True).start()


def pieces(source: socket.socket) -> Iterator[bytes]:
    """What comes from this side until it ends."""
    with suppress(OSError):
        while piece := source.recv(PIECE):
            yield piece


@contextmanager
def running_proxy(server: Path) -> Iterator[PostgresProxy]:
    """A proxy in front of the server with this socket, while the block lasts."""
    proxy = PostgresProxy(server)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(timeout=10)
