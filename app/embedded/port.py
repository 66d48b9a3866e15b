"""Whether a port is free, asked before anything is started."""

from __future__ import annotations

import errno
import socket

from app.embedded.errors import EmbeddedError, PortBusy


def require_free_port(host: str, port: int) -> None:
    """Raise PortBusy with a message for the person at the terminal when `port` can't be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server will: a port whose old connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortBusy(
                    f"Port {port} is in use by another program. Stop it, or choose another port: "
                    f"PORT={port + 1} make run"
                ) from None
            raise EmbeddedError(f"Can't listen on {host}:{port}: {error.strerror}") from None
