"""The shape of a seeded defect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One change of the product that would hurt, and the tests that must notice it.

    `old` stands exactly once in `file` and is replaced by `new`. `tests` are node ids, few
    and fast; one of them failing is enough.
    """

    name: str
    why: str
    """Whom it would hurt and how: the rule, invariant or kind of accident that it stands for."""
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
