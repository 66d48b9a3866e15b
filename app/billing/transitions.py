"""One table per kind of object says which status may follow which; nothing changes outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.billing.errors import Conflict


class IllegalTransition(Conflict):
    """The table of this object does not allow the asked change of status."""

    code = "ILLEGAL_TRANSITION"


Status = TypeVar("Status", bound=StrEnum)


@dataclass(frozen=True)
class TransitionTable(Generic[Status]):
    """Allowed changes of status of one kind of object."""

    kind: str
    allowed: Mapping[Status, frozenset[Status]]

    def permits(self, old: Status, new: Status) -> bool:
        """Whether `new` may follow `old`."""
        return new in self.allowed[old]

    def check(self, old: Status, new: Status) -> None:
        """Raise IllegalTransition unless `new` may follow `old`."""
        if not self.permits(old, new):
            raise IllegalTransition(f"{self.kind}: {old} -> {new}")
