"""What providers call our attempts, for those that can't be asked by our own name for them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.billing.errors import NotFound
from app.services.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class OrderBook:
    """The provider's name of each attempt, as its last answer told it."""

    transactions: Transactions

    def order_of(self, attempt_id: str) -> str | None:
        """What the provider calls this attempt; None when it never told, or the attempt is not ours."""
        with self.transactions.reading() as repositories:
            try:
                return repositories.attempts.get(UUID(attempt_id)).reference
            except NotFound:
                return None
