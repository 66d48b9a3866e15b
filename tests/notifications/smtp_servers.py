"""Real SMTP servers on the loopback interface, good ones and bad ones."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""A certificate for 127.0.0.1 with its key, made for these tests and trusted by nobody else."""

LOGIN = LoginPassword(b"bpm", b"p:@/ word")


class Inbox:
    """Keeps what arrives; answers RCPT and DATA as it is told."""

    def __init__(
        self, *, on_recipient: str = "", on_data: str = "", delay: float = 0, bye_delay: float = 0
    ) -> None:
        self.envelopes: list[Envelope] = []
        self.encrypted: list[bool] = []
        self._on_recipient = on_recipient
        self._on_data = on_data
        self._delay = delay
        self._bye_delay = bye_delay

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds handlers by the name of the command
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._on_recipient:
            return self._on_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self._delay)
        if self._on_data:
            return self._on_data
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self._bye_delay)
        return "221 Bye"


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def check_login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data == LOGIN, handled=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A server with this inbox; gives its port."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def answering(greeting: bytes) -> Iterator[int]:
    """A server that says one thing to everyone who connects, then nothing; gives its port."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_greet_all, args=(listener, greeting, stopped))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


def _greet_all(listener: socket.socket, greeting: bytes, stopped: threading.Event) -> None:
    listener.settimeout(0.05)
    connections = []
    while not stopped.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        connection.sendall(greeting)
        connections.append(connection)
    for connection in connections:
        connection.close()
