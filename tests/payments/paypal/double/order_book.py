"""An order book that forgets with the test."""

from __future__ import annotations

from datetime import datetime

from app.payments.paypal.order_book import BookEntry


class MemoryBook:
    """An order book in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, BookEntry] = {}

    def note(self, our_id: str, at: datetime) -> None:
        """Keep the first instant."""
        self.entries.setdefault(our_id, BookEntry(at, None))

    def remember(self, our_id: str, paypal_id: str) -> None:
        """Keep PayPal's id."""
        self.entries[our_id] = BookEntry(self.entries[our_id].noted_at, paypal_id)

    def entry(self, our_id: str) -> BookEntry | None:
        """What is known."""
        return self.entries.get(our_id)
