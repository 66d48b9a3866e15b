"""Who did it: written into every history row and audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of those who change things."""

    CUSTOMER = "customer"
    STAFF = "staff"
    API_KEY = "api_key"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the kind and the id in its own table; for the system the name of the job or command."""

    kind: ActorKind
    identity: str

    @classmethod
    def customer(cls, customer_id: int) -> Actor:
        """A customer in the portal."""
        return cls(ActorKind.CUSTOMER, str(customer_id))

    @classmethod
    def staff(cls, username: str) -> Actor:
        """An employee in the back-office."""
        return cls(ActorKind.STAFF, username)

    @classmethod
    def api_key(cls, api_key_id: int) -> Actor:
        """A connector that presented this key."""
        return cls(ActorKind.API_KEY, str(api_key_id))

    @classmethod
    def system(cls, name: str) -> Actor:
        """A job, a command or the scheduler."""
        return cls(ActorKind.SYSTEM, name)
