"""A busy port is told before anything starts."""

import socket

import pytest

from app.embedded.errors import EmbeddedError, PortBusy
from app.embedded.port import require_free_port


def test_a_busy_port_is_named_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortBusy, match=rf"Port {port} is in use.*PORT={port + 1} make run"):
            require_free_port("127.0.0.1", port)

    require_free_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(EmbeddedError, match=r"Can't listen on 192\.0\.2\.1:8000"):
        require_free_port("192.0.2.1", 8000)
