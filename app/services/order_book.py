"""What a provider calls the things that we asked it for, where it can't be searched by our own ids (H3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from app.billing.actors import Actor
from app.services.unit_of_work import Transactions

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class OrderBook(Generic[Entry]):
    """The provider's ids by ours. Every method is one transaction: what was noted survives the process.

    `entry_of` makes an entry of the instant at which it was noted and the provider's id, in the adapter's
    own words.
    """

    transactions: Transactions
    provider: str
    entry_of: Callable[[datetime, str | None], Entry]

    def note(self, our_id: str, at: datetime) -> None:
        """Write down, before the provider is asked, that it will be; the first instant stays."""
        with self.transactions.begin(Actor.system(self.provider)) as work:
            work.provider_orders.note(self.provider, UUID(our_id), at)

    def remember(self, our_id: str, provider_id: str) -> None:
        """Write down the provider's id of what was noted; the same again changes nothing."""
        with self.transactions.begin(Actor.system(self.provider)) as work:
            work.provider_orders.get((self.provider, UUID(our_id)), lock=True).reference = provider_id

    def entry(self, our_id: str) -> Entry | None:
        """What is known; None when the provider was never asked."""
        with self.transactions.reading() as repositories:
            found = repositories.provider_orders.find(self.provider, UUID(our_id))
        return None if found is None else self.entry_of(found.noted_at, found.reference)
