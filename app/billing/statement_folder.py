"""The port of the folder that the bank client drops statements into (H4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file of the folder as it was when it was read; `stamp` changes with the file."""

    name: str
    content: bytes
    stamp: tuple[int, int]


class StatementFolder(Protocol):
    """Files that come by themselves. A file that is still being written is none yet."""

    def ready(self, real_now: datetime) -> Sequence[str]:
        """Names of whole files, the oldest first. Raises NotFound (BANK_FOLDER_MISSING)."""
        ...

    def read(self, name: str) -> DroppedFile | None:
        """The file with its content; None when somebody else has taken it."""
        ...

    def finish(self, file: DroppedFile, *, accepted: bool) -> None:
        """Put the file away in one step; one that has changed since it was read stays for the next turn."""
        ...
