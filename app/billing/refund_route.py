"""Which way a refund goes: first to the method that paid, the rest to the customer's balance (H7)."""

from __future__ import annotations

from collections.abc import Sequence

from app.billing.money import Money


def back_to_method(
    amount: Money, earlier: Money, captured: Money, lines: Sequence[Money], place: int
) -> Money:
    """How much of a refund of one line returns to the payment that a provider captured.

    An invoice may be paid by a provider and by the customer's balance together. `captured`, what the
    provider's payment paid of the invoice, is split over the `lines` that it paid by their prices, exactly,
    so each line has its share. Refunds of the line take that share first, `earlier` ones before this one;
    what is above it was paid by the balance and returns there.
    """
    share = captured.allocate([line.minor for line in lines])[place]
    left = share - min(share, earlier)
    return min(amount, left)
