"""The shape of an invariant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """What holds, why it matters, and a query for what breaks it.

    `number` is INV1 to INV15, several rules may share one. The query answers the id of each breaking row
    and the customer whose billing stops until a person has looked; NULL where it is nobody's. It may use
    `:due_since`, the instant before which work should have been done (real time).
    """

    number: str
    name: str
    reason: str
    query: str
