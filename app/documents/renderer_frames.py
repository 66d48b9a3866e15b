"""Messages between the renderer's child process and its parent: a length, then the bytes."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import asdict, dataclass
from typing import IO

from app.billing.documents.files import Enclosures, ExchangeFile
from app.billing.documents.snapshot import PrintedDocument, from_snapshot, to_snapshot
from app.billing.rendering import RenderingFailed

READY = b"ready"
"""The first message of a child: everything is loaded."""

DISK_FULL_STATUS = 74
"""How a child ends that could not write: EX_IOERR of sysexits.h."""

_LENGTH = struct.Struct(">I")
_PDF = b"P"
_FAILURE = b"F"


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """What a child is told at its start. `scratch` is a folder of its own, which it removes at its end."""

    parent: int
    scratch: str
    wall_seconds: float
    cpu_seconds: int
    memory_bytes: int

    def to_argument(self) -> str:
        """The settings as one command line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, argument: str) -> ChildSettings:
        """The settings back from the argument."""
        return cls(**json.loads(argument))


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Send one message. Raises OSError when the other side is gone."""
    stream.write(_LENGTH.pack(len(payload)) + payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Wait for one message; None when the other side is gone, also in the middle of a message."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    payload = stream.read(length)
    return payload if len(payload) == length else None


def request_for(document: PrintedDocument, enclosures: Enclosures) -> bytes:
    """A request: the snapshot, the exchange file and the pictures."""
    exchange = enclosures.exchange
    request = {
        "snapshot": to_snapshot(document),
        "exchange": exchange and {"name": exchange.name, "content": _text(exchange.content)},
        "pictures": {name: _text(picture) for name, picture in enclosures.pictures.items()},
    }
    return json.dumps(request).encode("ascii")


def requested(request: bytes) -> tuple[PrintedDocument, Enclosures]:
    """What `request_for` was given. Raises SnapshotUnreadable, InvalidInput."""
    fields = json.loads(request)
    exchange = fields["exchange"]
    file = exchange and ExchangeFile(exchange["name"], base64.b64decode(exchange["content"]))
    pictures = {name: base64.b64decode(picture) for name, picture in fields["pictures"].items()}
    return from_snapshot(fields["snapshot"]), Enclosures(file, pictures)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def pdf_answer(pdf: bytes) -> bytes:
    """The answer to a request that succeeded."""
    return _PDF + pdf


def failure_answer(code: str, *, retry: bool) -> bytes:
    """The answer to a request that failed in a known way."""
    return _FAILURE + json.dumps({"code": code, "retry": retry}).encode("ascii")


def pdf_of(answer: bytes) -> bytes:
    """The PDF in an answer; raises the RenderingFailed that the answer tells of."""
    kind, content = answer[:1], answer[1:]
    if kind == _PDF:
        return content
    failure = json.loads(content)
    raise RenderingFailed(failure["code"], retry=failure["retry"])
