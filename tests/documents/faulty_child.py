"""A child of the renderer that misbehaves as the invoice number tells it to."""

import json
import os
import signal
import sys
import time

from app.billing.documents.files import Enclosures
from app.billing.documents.snapshot import PrintedDocument
from app.documents.renderer_child import run_child


def misbehave(document: PrintedDocument, _enclosures: Enclosures) -> bytes:
    match document.number:
        case "HANG":
            time.sleep(3600)
        case "SPIN":
            while True:
                pass
        case "DIE":
            os.kill(os.getpid(), signal.SIGKILL)
        case "SWALLOW":
            os._exit(0)
        case "CRASH":
            raise RuntimeError("unforeseen")
        case "MEMORY" | "GROW":
            return swollen(at_once=document.number == "MEMORY")
        case "PRINT":
            sys.stdout.write("noise on the standard output")
            sys.stdout.flush()
        case "ENVIRONMENT":
            return json.dumps(dict(os.environ)).encode()
        case _:
            pass
    return str(os.getpid()).encode()


def swollen(*, at_once: bool) -> bytes:
    """A terabyte at once, or two gigabytes little by little."""
    return bytes(1 << 40) if at_once else b"".join([b"x" * (16 << 20) for _ in range(128)])


if __name__ == "__main__":
    run_child(misbehave)
