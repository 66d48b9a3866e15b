"""Chance: everything that is random in a story follows from its seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

Option = TypeVar("Option")


class Dice:
    """A source of chance for one thing of the story.

    Each thing has dice of its own, named by what the thing is in the story and never by an id or a
    secret: the order in which the product asks about two things changes nothing for either.
    """

    def __init__(self, *path: object) -> None:
        self._path = path
        self._random = Random(repr(path))  # noqa: S311 - a repeatable story, no secret

    def of(self, *names: object) -> Dice:
        """Dice of their own for a thing; the same names give the same dice again."""
        return Dice(*self._path, *names)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def pick(self, options: Sequence[Option]) -> Option:
        """One of the options."""
        return self._random.choice(options)

    def some(self, options: Sequence[Option], count: int) -> list[Option]:
        """Different ones of the options, as many as there are at most."""
        return self._random.sample(options, min(count, len(options)))

    def weighted(self, weights: Mapping[Option, float]) -> Option:
        """One of the options, in proportion to their weights."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def span(self, shortest: timedelta, longest: timedelta) -> timedelta:
        """A length of time between both, in whole seconds."""
        return timedelta(seconds=self.whole(int(shortest.total_seconds()), int(longest.total_seconds())))
