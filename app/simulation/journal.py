"""What a story writes down about itself: refusals, and what must not have happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must hold and did not."""

    kind: str
    text: str
    at: datetime


class Journal:
    """Counts and violations of one story. The same violation seen again is one."""

    def __init__(self) -> None:
        self.refusals: Counter[str] = Counter()
        """What the product refused, by what was asked and the code: most of it is as it should be."""
        self.deeds: Counter[str] = Counter()
        self.checks: Counter[str] = Counter()
        """Checks of connectors, by the code of the answer."""
        self.mails: Counter[str] = Counter()
        self._violations: dict[tuple[str, str], Violation] = {}

    @property
    def violations(self) -> list[Violation]:
        """What was violated, in the order in which it was seen."""
        return list(self._violations.values())

    def violated(self, kind: str, text: str, at: datetime) -> None:
        """Write down that something did not hold."""
        self._violations.setdefault((kind, text), Violation(kind, text, at))
