"""Messages between the renderer's child process and its parent: a length, then the bytes."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import IO

from app.billing.rendering import RenderingFailed

READY = b"ready"
"""The first message of a child: everything is loaded."""

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
