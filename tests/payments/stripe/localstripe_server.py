"""localstripe on a free port of this computer, which it writes to its output; run as a process of its own.

It speaks Stripe's interface of some years ago, so two parameters that it does not know yet are kept from it
and one field is added. It keeps nothing on the disk, where two test runs would meet.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

from aiohttp import web
from localstripe.resources import PaymentIntent, Store  # type: ignore[import-untyped]
from localstripe.server import app  # type: ignore[import-untyped]

NEWER_PARAMETERS = ("allowed_payment_method_types", "description")


def main() -> None:
    """Serve until the process is told to end."""
    create = PaymentIntent._api_create

    def create_without_newer(**parameters: Any) -> Any:
        return create(**{name: each for name, each in parameters.items() if name not in NEWER_PARAMETERS})

    PaymentIntent._api_create = create_without_newer
    PaymentIntent.amount_received = property(amount_received)
    Store.dump_to_disk = lambda _: None
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(app, sock=listener, print=None, access_log=None)


def amount_received(intent: Any) -> int:
    """What the charges of the payment have captured."""
    charges = [] if intent.latest_charge is None else [intent.latest_charge]
    return sum(charge.amount for charge in charges if charge.status == "succeeded" and charge.captured)


if __name__ == "__main__":
    main()
