"""What PayPal calls the things that we asked it for: PayPal can't be searched by our own ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BookEntry:
    """Something that PayPal was asked for under an id of ours."""

    noted_at: datetime
    paypal_id: str | None
    """None until PayPal's answer arrived: it may have done what it was asked for all the same."""


class OrderBook(Protocol):
    """Keeps PayPal's ids of orders and setup tokens by ours (the UUID of an attempt or of a setup).

    Every method is one transaction of its own, committed when it returns: what was noted survives the
    death of the process a moment later. Nothing in it is secret or personal.
    """

    def note(self, our_id: str, at: datetime) -> None:
        """Write down, before PayPal is asked, that it will be; a second note keeps the first instant."""

    def remember(self, our_id: str, paypal_id: str) -> None:
        """Write down PayPal's id of what was noted; the same again changes nothing."""

    def entry(self, our_id: str) -> BookEntry | None:
        """What is known; None when PayPal was never asked."""
